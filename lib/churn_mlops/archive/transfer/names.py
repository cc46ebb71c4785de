"""The names that a file of a version may have in an archive: one file each, below the version, on every system."""

import unicodedata

from churn_mlops.archive.files import is_part

LONGEST = 200  # bytes of a name; a tar header holds a little more
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def oddity(name: str) -> str | None:
    """What is wrong with a name, as a clause; None where nothing is."""
    if not name or len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"its name has {len(name.encode('utf-8', 'surrogatepass'))} bytes; expected 1 to {LONGEST}"
    if not name.isprintable():
        return "its name holds characters that cannot be seen"
    if unicodedata.normalize("NFC", name) != name:
        return "its name is not in Unicode's composed form (NFC)"
    if "\\" in name or ":" in name:
        return "its name holds a backslash or a colon, which lead elsewhere on Windows"
    if name.startswith("/"):
        return "its name is an absolute path"
    return next((odd for part in name.split("/") if (odd := _odd_part(part))), None)


def _odd_part(part: str) -> str | None:
    if part == "..":
        return "its name leads out by `..`"
    if part in ("", "."):
        return "a part of its name is empty or `.`"
    if part != part.strip() or part.endswith("."):
        return f"`{part}` begins or ends with a space, or ends with a dot, which Windows drops"
    if part.partition(".")[0].strip().lower() in _DEVICES:
        return f"`{part}` is a device on Windows"
    return "it is a file in the making" if is_part(part) else None


class Names:
    """The names of an archive, one after the other: in order, none twice, none a folder of another."""

    def __init__(self):
        self.files, self.folders, self.last = {}, {}, b""

    def clash(self, name: str) -> str | None:
        """What keeps this name from standing beside those before it; None where nothing does."""
        if clash := self._same(name):
            return clash
        if name.encode() < self.last:
            return "it is out of order: names are sorted by their bytes"
        self.last = name.encode()
        return None

    def _same(self, name: str) -> str | None:
        key, parents = _folded(name), _parents(name)
        if key in self.files:
            other = self.files[key]
            return (
                "it is there twice" if other == name else f"it is the same file as `{other}` where case does not count"
            )
        if key in self.folders:
            return f"it is a file, and a folder of `{self.folders[key]}`"
        self.files[key] = name
        for parent in parents:
            folder = _folded(parent)
            if folder in self.files:
                return f"`{self.files[folder]}` is a file, and no folder for it"
            other = self.folders.setdefault(folder, name)
            if not other.startswith(f"{parent}/"):
                return f"its folder is the same as that of `{other}` where case does not count"
        return None


def _folded(name: str) -> str:
    """What names have in common that some file system takes for one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
