# fish completion for winrmd
complete -c winrmd -l config -r -d 'configuration'
complete -c winrmd -n __fish_use_subcommand -l check-config -r -d 'say whether a configuration is valid'
complete -c winrmd -n __fish_use_subcommand -l help -d 'print a short text'
complete -c winrmd -n __fish_use_subcommand -l version -d 'print the version'
complete -c winrmd -f -n __fish_use_subcommand -a user -d "the service's own users"
complete -c winrmd -f -n '__fish_seen_subcommand_from user; and not __fish_seen_subcommand_from add list remove' -a 'add list remove'
complete -c winrmd -n '__fish_seen_subcommand_from add' -l password-stdin -d 'read the password from standard input'
complete -c winrmd -f -n '__fish_seen_subcommand_from add' -l as -r -a '(__fish_complete_users)' -d 'the account its operations run as'
