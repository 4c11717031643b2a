# bash completion for winrcp; made from its switch tables
_winrcp_hosts() {
  sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' "${WINRM_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/openwinrm/client.toml}" /etc/openwinrm/winrm.toml 2>/dev/null
  compgen -A hostname
}
_winrcp() {
  local current=${COMP_LINE:0:COMP_POINT} before
  current=${current##* }
  COMPREPLY=()
  case $current in
    -remote:@*|-r:@*|-machine:@*|-passwordfile:*|-cafile:*|-certificate:*|-c:*)
      before=${current%%:*}:
      case ${current#"$before"} in @*) before+=@ ;; esac
      mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "${current#"$before"}")
      compopt -o filenames
      ;;
    -remote:*|-r:*|-machine:*)
      before=${current%"${current##*[:,]}"}
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_winrcp_hosts)" -- "${current#"$before"}")
      ;;
    -*) mapfile -t COMPREPLY < <(compgen -W '-parallel: -compression -quiet -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' -- "$current") ;;
    *) mapfile -t COMPREPLY < <([ -z "$current" ] || compgen -S : -W "$(_winrcp_hosts)" -- "$current") ;;
  esac
  case $COMP_WORDBREAKS in
    *:*) COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}") ;;
  esac
  case ${COMPREPLY[0]} in *[:/]) compopt -o nospace ;; esac
}
complete -o default -F _winrcp winrcp
