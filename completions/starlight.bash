# Generated from the option table by scripts/generate.mjs. Do not edit.
# source <(starlight --completion=bash)
_starlight() {
  local IFS=$'\n' cur=${COMP_WORDS[COMP_CWORD]} option=
  (( COMP_CWORD > 0 )) && option=${COMP_WORDS[COMP_CWORD-1]}
  # "=" is a word of its own in COMP_WORDS: --port=80 are three.
  if [[ $cur == = ]]; then cur=
  elif [[ $option == = ]]; then option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $option in
    -a|--app) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --chdir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    -e|--evaluate|--eval) COMPREPLY=(); return ;;
    --interface) COMPREPLY=($(compgen -W $'psgi\nfetch\nnode\nperl' -- "$cur")); return ;;
    -I|--include) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    -M|--module) COMPREPLY=(); return ;;
    -E|--env) COMPREPLY=(); return ;;
    --path) COMPREPLY=(); return ;;
    -s|--server) COMPREPLY=(); return ;;
    -L|--loader) COMPREPLY=(); return ;;
    -l|--listen) COMPREPLY=(); return ;;
    --http2-max-streams) COMPREPLY=(); return ;;
    --balance) COMPREPLY=($(compgen -W $'shared\nround-robin\nsticky\nreuseport' -- "$cur")); return ;;
    -o|--host) COMPREPLY=(); return ;;
    -p|--port) COMPREPLY=(); return ;;
    -S|--socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --socket-mode) COMPREPLY=(); return ;;
    --socket-owner) COMPREPLY=(); return ;;
    --socket-group) COMPREPLY=(); return ;;
    --trusted-proxies) COMPREPLY=(); return ;;
    --forwarded-field) COMPREPLY=($(compgen -W $'x-forwarded\nforwarded' -- "$cur")); return ;;
    --backlog) COMPREPLY=(); return ;;
    --ssl-key-file|--ssl-key) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-cert-file|--ssl-cert) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-pfx-file|--ssl-pfx) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-cert-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --ssl-passphrase-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-min-version) COMPREPLY=($(compgen -W $'TLSv1.2\nTLSv1.3' -- "$cur")); return ;;
    --ssl-ciphers) COMPREPLY=(); return ;;
    --ssl-ca-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-client-ca-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ssl-verify-mode) COMPREPLY=(); return ;;
    --acme) COMPREPLY=(); return ;;
    --acme-email) COMPREPLY=(); return ;;
    --acme-eab-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --acme-directory) COMPREPLY=(); return ;;
    --acme-storage) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --acme-challenge) COMPREPLY=($(compgen -W $'http-01\ntls-alpn-01' -- "$cur")); return ;;
    --redirect-to-https) COMPREPLY=(); return ;;
    --hsts) COMPREPLY=(); return ;;
    --static) COMPREPLY=(); return ;;
    --static-cache) COMPREPLY=(); return ;;
    --sendfile) COMPREPLY=(); return ;;
    --compress-min-size) COMPREPLY=(); return ;;
    -w|--workers|--max-workers) COMPREPLY=(); return ;;
    --threads) COMPREPLY=(); return ;;
    --max-reqs-per-child|--max-requests) COMPREPLY=(); return ;;
    --min-reqs-per-child) COMPREPLY=(); return ;;
    --max-age-per-child|--max-lifetime) COMPREPLY=(); return ;;
    --max-memory-per-child) COMPREPLY=(); return ;;
    --restart-batch) COMPREPLY=(); return ;;
    --spawn-interval) COMPREPLY=(); return ;;
    --main-process-delay) COMPREPLY=(); return ;;
    --graceful-timeout) COMPREPLY=(); return ;;
    --drain-delay) COMPREPLY=(); return ;;
    --upgrade-timeout) COMPREPLY=(); return ;;
    --boot-timeout) COMPREPLY=(); return ;;
    --worker-timeout) COMPREPLY=(); return ;;
    --perl) COMPREPLY=(); return ;;
    --front-workers) COMPREPLY=(); return ;;
    --zygote-fd) COMPREPLY=(); return ;;
    --zygote-socket) COMPREPLY=(); return ;;
    --queue) COMPREPLY=(); return ;;
    --queue-timeout) COMPREPLY=(); return ;;
    --timeout) COMPREPLY=(); return ;;
    --head-timeout|--read-timeout) COMPREPLY=(); return ;;
    --body-timeout) COMPREPLY=(); return ;;
    --body-min-rate) COMPREPLY=(); return ;;
    --write-timeout) COMPREPLY=(); return ;;
    --request-timeout) COMPREPLY=(); return ;;
    --keepalive-timeout) COMPREPLY=(); return ;;
    --max-keepalive-reqs) COMPREPLY=(); return ;;
    --max-connections) COMPREPLY=(); return ;;
    --limit-request-line) COMPREPLY=(); return ;;
    --limit-request-field-size|--limit-request-field_size) COMPREPLY=(); return ;;
    --limit-request-fields) COMPREPLY=(); return ;;
    --limit-request-head) COMPREPLY=(); return ;;
    --limit-request-body) COMPREPLY=(); return ;;
    --input-buffer) COMPREPLY=(); return ;;
    --input-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --max-inflight) COMPREPLY=(); return ;;
    --health-path) COMPREPLY=(); return ;;
    --pid) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --admin) COMPREPLY=(); return ;;
    --control-socket) COMPREPLY=(); return ;;
    --user) COMPREPLY=(); return ;;
    --group) COMPREPLY=(); return ;;
    --umask) COMPREPLY=(); return ;;
    --access-log) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --access-log-format) COMPREPLY=(); return ;;
    --access-log-exclude) COMPREPLY=(); return ;;
    --log-format) COMPREPLY=($(compgen -W $'text\njson\njournal' -- "$cur")); return ;;
    --log-level) COMPREPLY=($(compgen -W $'debug\ninfo\nwarn\nerror' -- "$cur")); return ;;
    --error-log) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --server-header) COMPREPLY=(); return ;;
    -R|--reload-paths|--Reload) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --inspect-worker) COMPREPLY=(); return ;;
    -c|--config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --completion) COMPREPLY=($(compgen -W $'bash\nzsh\nfish' -- "$cur")); return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W $'-a\n--app\n--chdir\n-e\n--evaluate\n--eval\n--interface\n--adopt\n--no-adopt\n-I\n--include\n-M\n--module\n-E\n--env\n--path\n-s\n--server\n-L\n--loader\n--default-middleware\n--no-default-middleware\n-l\n--listen\n--http2\n--no-http2\n--http2-max-streams\n--balance\n-o\n--host\n-p\n--port\n-S\n--socket\n--socket-mode\n--socket-owner\n--socket-group\n--trusted-proxies\n--forwarded-field\n--request-id\n--no-request-id\n--ipv6\n--no-ipv6\n--backlog\n--ssl\n--no-ssl\n--ssl-key-file\n--ssl-key\n--ssl-cert-file\n--ssl-cert\n--ssl-pfx-file\n--ssl-pfx\n--ssl-cert-dir\n--ssl-passphrase-file\n--ssl-min-version\n--ssl-ciphers\n--ssl-ca-file\n--ssl-client-ca-file\n--ssl-verify-mode\n--acme\n--acme-agree-tos\n--no-acme-agree-tos\n--acme-email\n--acme-eab-file\n--acme-directory\n--acme-storage\n--acme-challenge\n--redirect-to-https\n--hsts\n--static\n--static-cache\n--static-symlinks\n--no-static-symlinks\n--sendfile\n--compress\n--compress-min-size\n-w\n--workers\n--max-workers\n--threads\n--max-reqs-per-child\n--max-requests\n--min-reqs-per-child\n--max-age-per-child\n--max-lifetime\n--max-memory-per-child\n--restart-batch\n--fail-fast\n--no-fail-fast\n--spawn-interval\n--main-process-delay\n--graceful-timeout\n--drain-delay\n--upgrade-timeout\n--boot-timeout\n--watchdog\n--no-watchdog\n--worker-timeout\n--perl\n--front-workers\n--preload-app\n--no-preload-app\n--stream-input\n--no-stream-input\n--zygote-fd\n--zygote-socket\n--queue\n--queue-timeout\n--timeout\n--head-timeout\n--read-timeout\n--body-timeout\n--body-min-rate\n--write-timeout\n--request-timeout\n--keepalive-timeout\n--max-keepalive-reqs\n--max-connections\n--limit-request-line\n--limit-request-field-size\n--limit-request-field_size\n--limit-request-fields\n--limit-request-head\n--limit-request-body\n--input-buffer\n--input-dir\n--max-inflight\n--health-path\n-D\n--daemonize\n--no-daemonize\n--pid\n--admin\n--control-socket\n--user\n--group\n--umask\n--access-log\n--access-log-format\n--access-log-exclude\n--log-format\n--log-level\n--error-log\n-q\n--quiet\n--no-quiet\n--server-header\n-r\n--reload\n--watch\n--no-reload\n-R\n--reload-paths\n--Reload\n--inspect\n--inspect-worker\n-c\n--config\n--print-config\n--check-config\n--no-check-config\n--completion\n-h\n--help\n--no-help\n-v\n--version\n--no-version' -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
    (( COMP_CWORD == 1 )) && COMPREPLY+=($(compgen -W $'fetch\nstatus\nps\ntop\nreload\nupgrade\nreopen\nscale\ndrain\nstack\nstop' -- "$cur"))
  fi
}
complete -o filenames -F _starlight starlight
