// The help of `starlight-starter`.
export const STARTER_HELP = `Usage: starlight-starter [options] -- program [arguments]

Opens sockets, starts the program with them, and starts a new one beside the old one at HUP. The program finds the sockets
in SERVER_STARTER_PORT, as with start_server of Server::Starter, whose options these are.

  --port=[HOST:]PORT[=FD]       listen on a TCP port; may be given again
  --path=PATH                   listen on a Unix socket; may be given again
  --backlog=N                   connections that may wait to be accepted (511)
  --dir=DIRECTORY               working directory of the program
  --interval=SECONDS            a program that lives so long has started (1)
  --signal-on-hup=NAME          ends the old program after HUP (TERM)
  --signal-on-term=NAME         ends the program after TERM (TERM)
  --kill-old-delay=SECONDS      between the start of the new and the end of the old program (0; 5 with auto-restart)
  --enable-auto-restart         replace the program now and then
  --auto-restart-interval=S     ... so often (360)
  --envdir=DIRECTORY            variables for the program: file names are names, contents are values
  --pid-file=FILE               where the process id of the starter stands
  --status-file=FILE            lines of GENERATION:PID of the programs that run
  --log-file=FILE|'| COMMAND'   where the output of starter and program goes
  --daemonize                   go to the background
  --restart                     replace the program of a running starter, and wait (with --pid-file, --status-file)
  --stop                        end a running starter, and wait (with --pid-file)
  --help, --version

HUP replaces the program. TERM ends it, INT too (always with TERM).
`
