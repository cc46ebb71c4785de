"""HTTP/1.1 that does not wait for ever: a connection that begins a request has to end its headers in time."""

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 10.0  # from connecting, or the first byte after an answer, to the end of the headers


class Patient(H11Protocol):
    """uvicorn's own, with a clock for headers; the body has one of its own, at the door."""

    _clock = None

    def connection_made(self, transport):
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data):
        """Wait on while there are no whole headers."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()
        elif self._clock is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()

    def connection_lost(self, exc):
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._clock = self.loop.call_later(HEADERS_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._clock = None
        if not self.transport.is_closing():
            self.transport.close()
