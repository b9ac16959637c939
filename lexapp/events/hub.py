"""The open streams of this process. Each waits in a thread of its own and holds nothing else: no connection, no session of the database."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from threading import Lock

from lexapp.domain.permissions import Actor

# Beyond this many the oldest stream of a browser goes: what a closed page left behind, or a page in a loop.
MOST_OF_ONE = 6


class Stream:
    """One open screen: whose it is, as they stood a moment ago, and what is still to be sent."""

    def __init__(self, session_id: int, actor: Actor, client: socket.socket | None = None) -> None:
        self.session_id, self.actor, self.client = session_id, actor, client
        self._frames: SimpleQueue[str | None] = SimpleQueue()

    def send(self, frame: str) -> None:
        self._frames.put(frame)

    def end(self) -> None:
        """Let the thread that waits come back and close the connection."""
        self._frames.put(None)

    def next(self, seconds: float) -> str | None:
        """The next frame, a comment when none came in time, None at the end."""
        try:
            return self._frames.get(timeout=seconds)
        except Empty:
            return ": still here\n\n"


class Hub:
    """The streams by their browsers' sessions. Safe among threads."""

    def __init__(self, most: int) -> None:
        self.most, self.is_closed = most, False
        self._streams: list[Stream] = []
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._streams)

    def open(self, stream: Stream) -> bool:
        """Take a stream in; False where there are as many as threads allow."""
        if len(self._streams) >= self.most:
            self.drop_gone()
        with self._lock:
            own = [one for one in self._streams if one.session_id == stream.session_id]
            if len(own) >= MOST_OF_ONE:
                self._streams.remove(own[0])
                own[0].end()
            if self.is_closed or len(self._streams) >= self.most:
                return False
            self._streams.append(stream)
            return True

    def close(self, stream: Stream) -> None:
        with self._lock:
            if stream in self._streams:
                self._streams.remove(stream)

    def all(self) -> list[Stream]:
        """The streams of this moment."""
        with self._lock:
            return list(self._streams)

    def firms(self) -> set[int]:
        """The firms that somebody looks at."""
        return {stream.actor.firm_id for stream in self.all()}

    def keep_only(self, signed_in: Mapping[int, Actor], *, among: Iterable[Stream]) -> None:
        """End the streams of sessions that are no longer good or act for another firm now; the others act in their present role.

        `among`: those that were asked about; what was opened since is looked at the next time.
        """
        for stream in among:
            actor = signed_in.get(stream.session_id)
            if actor is None or actor.firm_id != stream.actor.firm_id:
                self.close(stream)
                stream.end()
            else:
                stream.actor = actor

    def tell(self, firm_id: int, hints_for: Callable[[Actor], Iterable[Mapping[str, object]]]) -> int:
        """Send each of the firm's streams what concerns its person; returns to how many something went."""
        known: dict[int, str] = {}
        told = 0
        for stream in self.all():
            if stream.actor.firm_id != firm_id:
                continue
            member = stream.actor.membership_id
            if member not in known:
                known[member] = frame(hints_for(stream.actor))
            if known[member]:
                stream.send(known[member])
                told += 1
        return told

    def drop_gone(self) -> None:
        """End the streams whose browsers hung up: their threads would find out only at the next word they send."""
        numbered = ((stream.client.fileno(), stream) for stream in self.all() if stream.client)
        waiting = {number: stream for number, stream in numbered if number >= 0}  # below: hung up meanwhile
        poll = select.poll()
        for number in waiting:
            poll.register(number, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        for number, _ in poll.poll(0):
            self.close(waiting[number])
            waiting[number].end()

    def shut(self) -> None:
        """End every stream, and take in no more."""
        self.is_closed = True
        self.end_all()

    def end_all(self) -> None:
        """End every stream of this moment: their pages ask for themselves, and come again."""
        for stream in self.all():
            self.close(stream)
            stream.end()


def frame(hints: Iterable[Mapping[str, object]]) -> str:
    """Server-Sent Events: one message with a list of hints; nothing where there is none."""
    told = list(hints)
    return f"data: {json.dumps(told, separators=(',', ':'))}\n\n" if told else ""
