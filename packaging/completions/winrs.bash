# bash completion for winrs; made from its switch tables
_winrs_hosts() {
  sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' "${WINRM_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/openwinrm/client.toml}" /etc/openwinrm/winrm.toml 2>/dev/null
  compgen -A hostname
}
_winrs() {
  local current=${COMP_LINE:0:COMP_POINT} before
  current=${current##* }
  COMPREPLY=()
  case $current in
    -format:*)
      before=${current%%:*}:
      mapfile -t COMPREPLY < <(compgen -P "$before" -W 'text json' -- "${current#"$before"}")
      ;;
    -remote:@*|-r:@*|-machine:@*|-passwordfile:*|-cafile:*|-certificate:*|-c:*|-file:*|-inventory:*|-i:*|-input:*)
      before=${current%%:*}:
      case ${current#"$before"} in @*) before+=@ ;; esac
      mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "${current#"$before"}")
      compopt -o filenames
      ;;
    -remote:*|-r:*|-machine:*)
      before=${current%"${current##*[:,]}"}
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_winrs_hosts)" -- "${current#"$before"}")
      ;;
    -*) mapfile -t COMPREPLY < <(compgen -W '-remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword: -directory: -environment: -noecho -noprofile -allowdelegate -compression -codepage: -reconnect: -timeout: -ps -file: -inventory: -parallel: -hosttimeout: -output: -format: -maxoutput: -input:' -- "$current") ;;
  esac
  case $COMP_WORDBREAKS in
    *:*) COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}") ;;
  esac
  case ${COMPREPLY[0]} in *[:/]) compopt -o nospace ;; esac
}
complete -o default -F _winrs winrs
