# bash completion for winrcp; made from its switch tables
_winrcp() {
  local current=${COMP_LINE:0:COMP_POINT}
  current=${current##* }
  COMPREPLY=()
  case $current in -*) COMPREPLY=($(compgen -W '-parallel: -compression -quiet -remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword:' -- "$current")) ;; esac
  case ${COMPREPLY[0]} in *:) compopt -o nospace ;; esac
}
complete -o default -F _winrcp winrcp
