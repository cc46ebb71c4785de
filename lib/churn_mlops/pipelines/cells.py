"""The cells of a notebook, one after the other, in a kernel that is there: papermill's client without an event loop.

What becomes of a message is nbclient's business as ever: outputs, displays that are updated, widgets. Only the waiting
is done here, in one blocking loop, where nbclient makes three tasks for each cell; that was half of what a cell cost.
"""

import time

import zmq
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient

LOOK_S = 0.25  # between two looks whether a kernel that says nothing is alive


class CellClient(PapermillNotebookClient):
    """Runs cells in `kernel`, which stays its owner's to end. Hooks are called in this thread and not awaited."""

    def __init__(self, nb_man, kernel, **settings):
        super().__init__(nb_man, km=kernel.manager, record_timing=False, **settings)
        self.kernel, self.kc = kernel, kernel.client
        self.poller = zmq.Poller()
        for channel in (self.kc.iopub_channel, self.kc.shell_channel):
            self.poller.register(channel.socket, zmq.POLLIN)

    def execute_cell(self, cell, cell_index, **_):
        """Run one cell and wait for its last output; raises as nbclient's method of this name."""
        tags = cell.metadata.get("tags", [])
        self.on_cell_start(cell=cell, cell_index=cell_index)
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        cell.outputs, self.clear_before_next_output = [], False
        request = self.kc.execute(cell.source, store_history=True, stop_on_error="raises-exception" not in tags)
        self.code_cells_executed += 1
        reply = self._wait(request, cell, cell_index)
        self.on_cell_executed(cell=cell, cell_index=cell_index, execute_reply=reply)
        if reply["content"]["status"] == "error":
            run_sync(self._check_raise_for_error)(cell, cell_index, reply)
        return cell

    def wait_for_reply(self, msg_id, cell=None):
        """The reply to a request that is no cell."""
        return self._wait(msg_id)

    def _wait(self, request: str, cell=None, cell_index: int = 0) -> dict:
        """The reply to a request, once the last output of its cell is there too."""
        reply, idle = None, cell is None
        end = float("inf") if cell is None else time.monotonic() + self._get_timeout(cell)
        while reply is None or not idle:
            ready = dict(self.poller.poll(1000 * max(0, min(LOOK_S, end - time.monotonic()))))
            if not ready and not self.kernel.alive and not self.poller.poll(0):
                raise DeadKernelError("Kernel died")
            if time.monotonic() >= end:
                what = "Timeout waiting for IOPub output" if reply else "Cell execution timed out"
                raise CellTimeoutError.error_from_timeout_and_cell(what, int(self._get_timeout(cell)), cell)
            if self.kc.iopub_channel.socket in ready:
                idle |= self._take(self.kc.iopub_channel.get_msg(), request, cell, cell_index)
            if self.kc.shell_channel.socket in ready:
                message = self.kc.shell_channel.get_msg()
                if message["parent_header"].get("msg_id") == request:
                    reply, end = message, time.monotonic() + self.iopub_timeout
        return reply

    def _take(self, message: dict, request: str, cell, cell_index: int) -> bool:
        """Let nbclient do what a message asks for; True when the kernel has nothing more to say of the cell."""
        if cell is None or message["parent_header"].get("msg_id") != request:
            return False
        try:
            self.process_message(message, cell, cell_index)
        except CellExecutionComplete:
            return True
        return False
