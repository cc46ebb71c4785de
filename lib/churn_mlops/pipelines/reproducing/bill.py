"""`sbom.json`: the packages of the environment as a CycloneDX 1.6 bill of materials, the same for the same environment.

https://cyclonedx.org/docs/1.6/json/
"""

import json
import platform
import re
import sysconfig
import uuid
from pathlib import Path

import churn_mlops
from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.archive.shared import share
from churn_mlops.archive.versions import Building
from churn_mlops.pipelines.cache.inputs import Inputs

BILL = "sbom.json"  # in a version
_SCHEMA = 1
_LONGEST = 100  # characters of a licence's name; more is its text
_NO_LICENCE = {"", "unknown", "other/proprietary license", "osi approved"}


def keep_bill(building: Building, inputs: Inputs) -> None:
    """Let a version hold the bill of the environment, which is made when a package or the lock has changed."""
    lock = inputs.project.root / "requirements.lock"
    place = [platform.python_version(), sysconfig.get_platform(), churn_mlops.__version__]
    digest = digest_file(lock) if lock.is_file() else None
    key = digest_json([_SCHEMA, inputs.packages.known["installed"], digest, *place])
    share(building, BILL, key, lambda: make_bill(read_hashes(lock)))


def make_bill(hashes: dict[tuple[str, str], list[str]]) -> bytes:
    """The bill; `hashes` are those of the lock, SHA-256 by name and version. Its serial number is its content's."""
    packages = _installed()
    own = _component("application", "churn-mlops", churn_mlops.__version__)
    place = [{"name": "python:platform", "value": sysconfig.get_platform()}]
    runtime = {"type": "platform", "bom-ref": "python", "name": platform.python_implementation()}
    runtime["version"] = platform.python_version()
    components = [_described(name, package, hashes) for name, package in sorted(packages.items())]
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own, "properties": place},
        "components": [runtime, *components],
        "dependencies": _dependencies(packages),
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, digest_json(content))
    return json.dumps(content | {"serialNumber": serial.urn}, indent=1, sort_keys=True).encode() + b"\n"


def _installed() -> dict:
    """The metadata of each package by its plain name; of several of one name, the one that is imported.

    Read once and without the description below it, which `distribution.metadata` would parse at each look.
    """
    from email.parser import HeaderParser
    from importlib import metadata

    found, parser = {}, HeaderParser()
    for distribution in metadata.MetadataPathFinder.find_distributions():
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
        headers = parser.parsestr(text.partition("\n\n")[0])
        name = headers["Name"]
        if name and headers["Version"] and plain_name(name) != "churn-mlops":
            found.setdefault(plain_name(name), headers)
    return found


def plain_name(name: str) -> str:
    """A package's name as metadata compares it and as a package URL has it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _component(kind: str, name: str, version: str) -> dict:
    purl = f"pkg:pypi/{plain_name(name)}@{version.replace('+', '%2B').replace('!', '%21')}"
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _described(name: str, package, hashes: dict) -> dict:
    component = _component("library", package["Name"], package["Version"])
    known = hashes.get((name, package["Version"]))
    if known:  # of every file of that version: which of them was installed, no metadata says
        component["hashes"] = [{"alg": "SHA-256", "content": content} for content in known]
    if licences := _licences(package):
        component["licenses"] = licences
    return component


def _licences(metadata) -> list[dict]:
    """What metadata says: an expression, or names, of which classifiers are the surer ones."""
    if expression := metadata.get("License-Expression"):
        return [{"expression": expression}]
    stated = [text.split(" :: ")[-1] for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    stated = [name for name in stated if name.lower() not in _NO_LICENCE]
    text = (metadata.get("License") or "").strip()
    if not stated and text.lower() not in _NO_LICENCE and len(text) <= _LONGEST and "\n" not in text:
        stated = [text]
    return [{"license": {"name": name}} for name in sorted(set(stated))]


def _dependencies(packages: dict) -> list[dict]:
    """Which package needs which, of those that are installed."""
    refs = {name: _component("", package["Name"], package["Version"])["bom-ref"] for name, package in packages.items()}
    found = []
    for name, package in sorted(packages.items()):
        needed = {
            plain_name(re.match(r"[\w.-]+", text.strip())[0]) for text in package.get_all("Requires-Dist") or ()
        } - {name}
        found.append({"ref": refs[name], "dependsOn": sorted(refs[other] for other in needed if other in refs)})
    return found


def read_hashes(lock: Path) -> dict[tuple[str, str], list[str]]:
    """The SHA-256 of every file that a lock allows, by plain name and version; empty where there is no lock."""
    found: dict[tuple[str, str], list[str]] = {}
    key = None
    for line in lock.read_text(encoding="utf-8").splitlines() if lock.is_file() else ():
        if pinned := re.match(r"([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", line):
            key = (plain_name(pinned[1]), pinned[2])
        if key:
            found.setdefault(key, []).extend(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return {key: sorted(set(known)) for key, known in found.items()}
