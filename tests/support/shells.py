"""The shells of the account that runs the tests, as the service's own tool lists them."""

import os
import re
import subprocess
import time

from support.service import Service, binary


def listed(service: Service) -> list[str]:
    """ShellIds of the account that runs the test, asked over the service's own socket."""
    done = subprocess.run(
        [binary("winrm"), "enumerate", "shell"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "WINRM_CONFIG": str(service.configuration)},
    )
    assert done.returncode == 0, done.stderr
    return re.findall(r"ShellId = (\S+)", done.stdout)


def wait_for_none(service: Service, seconds: float = 5) -> list[str]:
    """What is left after a while: nothing, when all were deleted."""
    deadline = time.monotonic() + seconds
    while (left := listed(service)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
