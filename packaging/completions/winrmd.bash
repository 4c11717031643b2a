# bash completion for winrmd
_winrmd() {
  local current=${COMP_WORDS[COMP_CWORD]} words='user --config --check-config --help --version'
  if [ "${COMP_WORDS[1]}" = user ]; then
    case $COMP_CWORD in
      2) words='add list remove' ;;
      *) words='--password-stdin --as --config' ;;
    esac
    [ "${COMP_WORDS[COMP_CWORD - 1]}" = --as ] && words=$(compgen -u)
  fi
  COMPREPLY=()
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    --config | --check-config) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _winrmd winrmd
