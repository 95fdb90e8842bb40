// The handler as one would write it for one answer: no path, no promise.
export default () => [200, ['Content-Type', 'text/plain'], ['Hello, World!']]
