// Each request says who its user is and waits for those of the others (the collector answers when all are there); then it reports an
// error. globalThis.watched is that of the tool that was loaded before.
exports.meet = async (path, user) => {
  globalThis.watched.user(user)
  await (await fetch(`${process.env.MEETING}${path}?user=${user}`)).text()
  if (path === '/broken') throw new Error(`broken by ${user}`)
  globalThis.watched.report(new Error(`of ${user}`))
  return 'met\n'
}
