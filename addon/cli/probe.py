"""What a running proxy says of itself, asked through the proxy as a client would ask it; nothing goes upstream."""

import http.client
import socket
import ssl
from pathlib import Path

import msgspec
from msgspec import Struct

from addon.figures.savings import Savings
from addon.hosts import OWN_HOST


class StoreHealth(Struct, frozen=True):
    """Of `/api/health`."""

    state: str


class Health(Struct, frozen=True):
    """Of `/api/health`; fields of later versions are passed over."""

    status: str
    version: str
    pending: int = 0
    mode: str | None = None
    store: StoreHealth = StoreHealth("unknown")


class ProbeError(Exception):
    """The proxy did not answer as Rote does; the message says what happened instead."""


class NobodyError(ProbeError):
    """Nothing listens there."""


def health(host: str, port: int, timeout_s: float = 5) -> Health:
    """What the proxy says of its state.

    Raises:
        ProbeError: Nobody listens there, or somebody who is not Rote.
    """
    return _ask(host, port, "/api/health", Health, timeout_s)


def stats(host: str, port: int, timeout_s: float = 5) -> Savings:
    """What the proxy says it saved.

    Raises:
        ProbeError: Nobody listens there, or somebody who is not Rote.
    """
    return _ask(host, port, "/api/stats", Savings, timeout_s)


def shake_hands(host: str, port: int, name: str, bundle: Path, timeout_s: float = 5) -> None:
    """Open TLS to `name` through the proxy, trusting the bundle alone, and leave without a word.

    Raises:
        ProbeError: The proxy refused the tunnel, or its certificate is not trusted.
    """
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.sendall(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}:443\r\n\r\n".encode())
            answer = http.client.HTTPResponse(connection, method="CONNECT")
            answer.begin()
            if answer.status != http.HTTPStatus.OK:
                raise ProbeError(
                    f"the proxy refuses a tunnel to {name}: {answer.status} {answer.reason}"
                )
            context = ssl.create_default_context(cafile=str(bundle))
            context.wrap_socket(connection, server_hostname=name).close()
    except ssl.SSLError as error:
        raise ProbeError(f"the certificate for {name} is refused: {_reason(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        raise ProbeError(f"the tunnel to {name} broke: {error}") from error


def _ask[T](host: str, port: int, path: str, form: type[T], timeout_s: float) -> T:
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", f"http://{OWN_HOST}{path}")
        return msgspec.json.decode(connection.getresponse().read(), type=form)
    except ConnectionRefusedError as error:
        raise NobodyError(f"nothing listens on {host}:{port}") from error
    except TimeoutError as error:
        raise ProbeError(f"{host}:{port} does not answer within {timeout_s:g} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise ProbeError(f"{host}:{port} breaks off: {error}") from error
    except msgspec.DecodeError as error:
        raise ProbeError(f"what listens on {host}:{port} is not Rote") from error
    finally:
        connection.close()


def _reason(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or str(error)
