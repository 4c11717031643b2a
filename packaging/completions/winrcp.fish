# fish completion for winrcp; made from its switch tables
function __winrcp_connections
    set -l personal $HOME/.config
    set -q XDG_CONFIG_HOME; and set personal $XDG_CONFIG_HOME
    set -l files $personal/openwinrm/client.toml
    set -q WINRM_CONFIG; and set files $WINRM_CONFIG
    sed -n 's/^ *\[host\."\{0,1\}\([^]"]*\).*/\1/p' $files /etc/openwinrm/winrm.toml 2>/dev/null
    __fish_print_hostnames
end
function __winrcp_hosts
    set -l before (string match -r -- '^.*[:,]' (commandline -ct))
    for name in (__winrcp_connections)
        echo $before$name
    end
end
function __winrcp_files
    set -l before (string match -r -- '^[^:]*:@?' (commandline -ct))
    for name in (__fish_complete_path (string sub -s (math (string length -- $before) + 1) -- (commandline -ct)))
        echo $before$name
    end
end
complete -c winrcp -f -n 'string match -qr -- "^-(remote|r|machine):[^@]*\$" (commandline -ct)' -a '(__winrcp_hosts)'
complete -c winrcp -f -n 'string match -qr -- "^-((passwordfile|cafile|certificate|c):|(remote|r|machine):@)" (commandline -ct)' -a '(__winrcp_files)'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-parallel:' -d 'How many files go at once, 1 to 16; 4 without it.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-compression' -d 'Compress what goes over the network.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-quiet' -d 'Show no progress.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-remote:' -d 'The host, as [TRANSPORT://]HOST[:PORT][/PREFIX]; IPv6 addresses in brackets. Ports: 5985 for a bare host, 5986 with -usessl; 80 or 443 when a transport is written. Without -remote: the service on this machine.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-username:' -d 'alice, DOMAIN\alice or alice@REALM. Without it: your Kerberos ticket.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-password:' -d 'Other ways are safer: without it you are asked on the terminal.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-passwordfile:' -d 'The first line of FILE is the password.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-passwordenv:' -d 'The environment variable NAME has the password.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-authentication:' -d 'None (identify only), Basic, Negotiate, Kerberos or Certificate. Without it: Negotiate for this machine and with a user name, else Kerberos.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-unencrypted' -d 'No message encryption over HTTP; the client'\''s configuration must allow it.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-usessl' -d 'HTTPS, port 5986.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-cafile:' -d 'HTTPS: certificates in PEM to trust besides the system'\''s.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipCAcheck' -d 'HTTPS: take a certificate that no trusted authority signed.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipCNcheck' -d 'HTTPS: take a certificate for another host name.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-skipRevocationcheck' -d 'HTTPS: accepted for command lines from Windows; revocation is not looked up.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-defaultCreds' -d 'HTTPS: your own ticket may be used with Negotiate.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-certificate:' -d 'With -authentication:Certificate: a PEM file with your certificate and its key, or its thumbprint when it is in ~/.config/openwinrm/certificates.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-SPNPort' -d 'Kerberos: the port is part of the service'\''s principal name.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyaccess:' -d 'HTTPS through a web proxy: ie_settings, winhttp_settings and auto_detect take it from https_proxy and no_proxy of the environment; no_proxy uses none (as without the switch).'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyauthentication:' -d 'How to log on to the proxy: Basic.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxyusername:' -d 'User name for the proxy.'
complete -c winrcp -n 'string match -qr -- "^-[^:]*\$" (commandline -ct)' -a '-proxypassword:' -d 'Password for the proxy.'
complete -c winrcp -n 'not string match -q -- "-*" (commandline -ct)' -a '(__winrcp_connections):'
