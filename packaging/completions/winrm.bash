# bash completion for winrm; made from its switch tables
_winrm_hosts() {
  sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' "${WINRM_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/openwinrm/client.toml}" /etc/openwinrm/winrm.toml 2>/dev/null
  compgen -A hostname
}
_winrm() {
  local current=${COMP_LINE:0:COMP_POINT} before switches=
  current=${current##* }
  case ${COMP_WORDS[1]} in
    get|g) switches='-format: -fragment: -dialect: -options: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    set|s|put|p) switches='-format: -fragment: -dialect: -options: -file: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    create|c) switches='-format: -options: -file: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    delete|d) switches='-format: -options: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    enumerate|e|enum) switches='-format: -dialect: -filter: -associations -returntype: -shallow -basepropertiesonly -options: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    invoke|i) switches='-format: -options: -file: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    query|q) switches='-format: -returntype: -options: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    identify|id) switches='-format: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    quickconfig|qc) switches='-transport: -quiet -force' ;;
    configSDDL) switches='-sddl: -timeout: -encoding: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    wait) switches='-timeout: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    doctor) switches='-timeout: -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' ;;
    helpmsg) switches='' ;;
    help) switches='' ;;
  esac
  local words='get set create delete enumerate invoke query identify quickconfig configSDDL wait doctor helpmsg help'
  if [ "$COMP_CWORD" -gt 1 ]; then
    case ${COMP_WORDS[1]} in
      wait|doctor) words=$(_winrm_hosts) ;;
      *) words='wmi/ wmicimv2/ cimv2/ winrm/ wsman/ shell/ winrm/config winrm/config/client winrm/config/client/auth winrm/config/client/defaultports winrm/config/service winrm/config/service/auth winrm/config/service/defaultports winrm/config/winrs winrm/config/listener winrm/config/plugin winrm/config/resource uris aliases switches input filters config remoting auth proxy certmapping customremoteshell' ;;
    esac
  fi
  COMPREPLY=()
  case $current in
    -format:*|-f:*)
      before=${current%%:*}:
      mapfile -t COMPREPLY < <(compgen -P "$before" -W 'text pretty xml json csv table' -- "${current#"$before"}")
      ;;
    -dialect:*)
      before=${current%%:*}:
      mapfile -t COMPREPLY < <(compgen -P "$before" -W 'wql selector association xpath' -- "${current#"$before"}")
      ;;
    -remote:@*|-r:@*|-machine:@*|-passwordfile:*|-cafile:*|-certificate:*|-c:*|-file:*)
      before=${current%%:*}:
      case ${current#"$before"} in @*) before+=@ ;; esac
      mapfile -t COMPREPLY < <(compgen -P "$before" -f -- "${current#"$before"}")
      compopt -o filenames
      ;;
    -remote:*|-r:*|-machine:*)
      before=${current%"${current##*[:,]}"}
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_winrm_hosts)" -- "${current#"$before"}")
      ;;
    -*) mapfile -t COMPREPLY < <(compgen -W "$switches" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
  case $COMP_WORDBREAKS in
    *:*) COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}") ;;
  esac
  case ${COMPREPLY[0]} in *[:/]) compopt -o nospace ;; esac
}
complete -o default -F _winrm winrm
