// Runs one command through github.com/masterzen/winrm, for test_go_client.py. The password is in WINRM_PASSWORD.
//
//	winrm-go <basic|ntlm> <port> <user> <command> [stdin]
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/masterzen/winrm"
)

func main() {
	status, err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(100)
	}
	os.Exit(status)
}

func run(scheme, port, user, command string, input []string) (int, error) {
	number, err := strconv.Atoi(port)
	if err != nil {
		return 0, err
	}
	endpoint := winrm.NewEndpoint("127.0.0.1", number, scheme == "basic", true, nil, nil, nil, 30*time.Second)
	parameters := winrm.DefaultParameters
	if scheme == "ntlm" {
		encryption, err := winrm.NewEncryption("ntlm")
		if err != nil {
			return 0, err
		}
		parameters.TransportDecorator = func() winrm.Transporter { return encryption }
	}
	client, err := winrm.NewClientWithParameters(endpoint, user, os.Getenv("WINRM_PASSWORD"), parameters)
	if err != nil {
		return 0, err
	}
	if len(input) == 0 {
		return client.RunWithContext(context.Background(), command, os.Stdout, os.Stderr)
	}
	stdin := strings.NewReader(strings.Join(input, ""))
	return client.RunWithContextWithInput(context.Background(), command, os.Stdout, os.Stderr, stdin)
}
