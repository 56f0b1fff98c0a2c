"""Several machines on loopback: coordinators and Dask workers as processes of their own."""

import socket
import subprocess
import urllib.request

from town import Town, until

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Machine(Town):
    """One machine: an installation whose ledger is on PostgreSQL, and what is started on it."""

    def start_prefect(self) -> None:
        """Start Prefect's server, which every machine must reach; it needs some seconds."""
        port = free_port()
        self.environment |= {
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }
        self._start("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))

    def wait_for_prefect(self) -> None:
        """Wait until Prefect's server answers."""
        until(lambda: _answers(f"{self.environment['PREFECT_API_URL']}/health"), seconds=90)

    def start_dask(self, *, workers: int) -> list[subprocess.Popen[bytes]]:
        """Start a scheduler, and worker processes of two threads each that cannot import our flows."""
        address = f"tcp://127.0.0.1:{free_port()}"
        self.environment["PRESSRUN_DASK_ADDRESS"] = address
        here = ("--host", "127.0.0.1", "--no-dashboard")
        port = address.rpartition(":")[2]
        self._dask("scheduler", *here, "--port", port, "--dashboard-address", "127.0.0.1:0")
        options = (*here, "--nthreads", "2", "--nworkers", "1", "--no-nanny", "--preload", "prefect_dask")
        return [self._dask("worker", address, *options) for _ in range(workers)]

    def start_flow(self, issue: str) -> subprocess.Popen[bytes]:
        """Start the flow as a shell would."""
        return self._start("flows/send_issue.py", issue, "--json")

    def beside(self, folder_name: str) -> "Machine":
        """Give another machine with stores of its own and the same environment otherwise."""
        folder = self.folder / folder_name
        folder.mkdir()
        other = Machine(folder, self._root)
        other.environment = {**self.environment, "PRESSRUN_HOME": str(other.home)}
        return other

    def _dask(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        elsewhere = "import os, runpy; os.chdir('/'); "
        run = f"runpy.run_module('distributed.cli.dask_{what}', run_name='__main__')"
        return self._start("-P", "-c", elsewhere + run, *arguments)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    with _DIRECT.open(url, timeout=5) as answer:
        return bool(answer.status == 200)
