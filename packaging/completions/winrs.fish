# fish completion for winrs; made from its switch tables
function __winrs_connections
    set -l personal $HOME/.config
    set -q XDG_CONFIG_HOME; and set personal $XDG_CONFIG_HOME
    set -l files $personal/openwinrm/client.toml
    set -q WINRM_CONFIG; and set files $WINRM_CONFIG
    sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' $files /etc/openwinrm/winrm.toml 2>/dev/null
    __fish_print_hostnames
end
function __winrs_hosts
    set -l before (string match -r -- '^.*[:,]' (commandline -ct))
    for name in (__winrs_connections)
        echo $before$name
    end
end
function __winrs_files
    set -l before (string match -r -- '^[^:]*:@?' (commandline -ct))
    for name in (__fish_complete_path (string sub -s (math (string length -- $before) + 1) -- (commandline -ct)))
        echo $before$name
    end
end
complete -c winrs -f -n 'string match -qr -- "^-(remote|r|machine):[^@]*\$" (commandline -ct)' -a '(__winrs_hosts)'
complete -c winrs -f -n 'string match -qr -- "^-((passwordfile|cafile|certificate|c|file|inventory|i|input):|(remote|r|machine):@)" (commandline -ct)' -a '(__winrs_files)'
function __winrs_choices
    set -l before (string match -r -- '^[^:]*:' (commandline -ct))
    for value in $argv
        echo $before$value
    end
end
complete -c winrs -f -n 'string match -qr -- "^-(format):" (commandline -ct)' -a '(__winrs_choices text json)'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-remote:' -d 'The host, as [TRANSPORT://]HOST[:PORT][/PREFIX]; IPv6 addresses in brackets. Ports: 5985 for a bare host, 5986 with -usessl; 80 or 443 when a transport is written. Without -remote: the service on this machine.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-username:' -d 'alice, DOMAIN\alice or alice@REALM. Without it: your Kerberos ticket.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-password:' -d 'Other ways are safer: without it you are asked on the terminal.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-passwordfile:' -d 'The first line of FILE is the password.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-passwordenv:' -d 'The environment variable NAME has the password.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-authentication:' -d 'None (identify only), Basic, Negotiate, Kerberos or Certificate. Without it: Negotiate for this machine and with a user name, else Kerberos.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-unencrypted' -d 'No message encryption over HTTP; the client'\''s configuration must allow it.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-usessl' -d 'HTTPS, port 5986.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-cafile:' -d 'HTTPS: certificates in PEM to trust besides the system'\''s.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipCAcheck' -d 'HTTPS: take a certificate that no trusted authority signed.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipCNcheck' -d 'HTTPS: take a certificate for another host name.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipRevocationcheck' -d 'HTTPS: accepted for command lines from Windows; revocation is not looked up.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-defaultCreds' -d 'HTTPS: your own ticket may be used with Negotiate.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-certificate:' -d 'With -authentication:Certificate: a PEM file with your certificate and its key, or its thumbprint when it is in ~/.config/openwinrm/certificates.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-SPNPort' -d 'Kerberos: the port is part of the service'\''s principal name.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyaccess:' -d 'HTTPS through a web proxy: ie_settings, winhttp_settings and auto_detect take it from https_proxy and no_proxy of the environment; no_proxy uses none (as without the switch).'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyauthentication:' -d 'How to log on to the proxy: Basic.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyusername:' -d 'User name for the proxy.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxypassword:' -d 'Password for the proxy.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-directory:' -d 'Where the command starts; without it the home directory.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-environment:' -d 'Sets an environment variable; may be given several times.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-noecho' -d 'Do not show what is typed.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-noprofile' -d 'Do not load the user'\''s profile.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-allowdelegate' -d 'Kerberos: hand your ticket to the host, so that the command can reach other machines as you.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-compression' -d 'Compress what goes to and from the command, when the host can.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-codepage:' -d 'Windows code page of the command'\''s output and input (437, 850, 1252, ...), for programs that cannot write UTF-8. Without it: 65001, and every byte is passed on as it is.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-reconnect:' -d 'How long a lost connection is tried again before the command is given up: 180 unless told.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-timeout:' -d 'Accepted for command lines from Windows; has no effect.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-ps' -d 'The words that follow are a PowerShell script; without words it is read from the standard input.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-file:' -d 'Run the PowerShell script in FILE. It is the last switch: all words that follow are the script'\''s arguments.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-inventory:' -d 'Hosts, groups and their switches, in TOML (see winrs-inventory(5)). -remote then names groups or hosts of it; without -remote it is all of them.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-parallel:' -d 'How many hosts are at work at a time, not counting those that are silent: 64 unless told.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-hosttimeout:' -d 'Each host'\''s time; then its command is ended. Without it only hosts that do not answer are given up.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-output:' -d 'prefix: lines as they come, each after its host'\''s name (the default). group: all of a host together, once it ended.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-format:' -d 'text, or json: one object a host and line, with exit code, output and errors.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-maxoutput:' -d 'A host that writes more is ended. Without it 16, or 1 with -output:group and -format:json.'
complete -c winrs -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-input:' -d 'What the command reads on every host; - is the standard input. Without it: nothing.'
