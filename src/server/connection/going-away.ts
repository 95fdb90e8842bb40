/**
 * What a WebSocket is told by a server that leaves: a close frame with code 1001 (RFC 6455 5.5.1, 7.4.1). Between two writes of the
 * application's, so never inside of a frame of its own.
 */
export const GOING_AWAY: Uint8Array = Buffer.from([0x88, 2, 0x03, 0xe9])
