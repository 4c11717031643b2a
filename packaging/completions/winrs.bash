# bash completion for winrs; made from its switch tables
_winrs() {
  local current=${COMP_LINE:0:COMP_POINT}
  current=${current##* }
  COMPREPLY=()
  case $current in -*) COMPREPLY=($(compgen -W '-remote: -username: -password: -passwordfile: -passwordenv: -authentication: -unencrypted -usessl -cafile: -skipCAcheck -skipCNcheck -skipRevocationcheck -defaultCreds -certificate: -SPNPort -proxyaccess: -proxyauthentication: -proxyusername: -proxypassword: -directory: -environment: -noecho -noprofile -allowdelegate -compression -codepage: -reconnect: -timeout: -ps -file: -inventory: -parallel: -hosttimeout: -output: -format: -maxoutput: -input:' -- "$current")) ;; esac
  case ${COMPREPLY[0]} in *:) compopt -o nospace ;; esac
}
complete -o default -F _winrs winrs
