"""Files that would do something if anything in them were executed: each would leave a mark in the folder `MARKS`.

A payload tries three ways at once where it can: a command, a file written, a module of ours that Python would import.
"""

import copy
import gzip
import io
import json
import pickle
import subprocess
import tarfile
import warnings
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MODULE = "evil_module_of_a_test"  # stands on the path of the child, and leaves a mark when it is imported


class Evil:
    """What a pickle of it does when it is loaded."""

    def __init__(self, marks):
        self.marks = marks

    def __reduce__(self):
        return subprocess.getoutput, (f"touch {self.marks}/by_a_pickle",)


def pickles(marks) -> dict[str, bytes]:
    """Pickles of several protocols and wrappings."""
    made = {f"pickle of protocol {n}": pickle.dumps(Evil(marks), n) for n in (0, 2, 4, 5)}
    command = f"touch {marks}/by_a_pickle".encode()
    made["pickle by hand"] = b"cos\nsystem\n(S'" + command + b"'\ntR."
    made["pickle, gzipped"] = gzip.compress(made["pickle of protocol 4"])
    made["pickle that imports a module"] = f"c{MODULE}\nmark\n(tR.".encode()
    return made


def zipped(members: dict, compression=zipfile.ZIP_STORED) -> bytes:
    """A zip of these members, also of several of one name."""
    with warnings.catch_warnings(), zipfile.ZipFile(out := io.BytesIO(), "w", compression) as file:
        warnings.simplefilter("ignore")
        for name, content in members.items() if isinstance(members, dict) else members:
            file.writestr(name, content)
    return out.getvalue()


def containers(marks, good: bytes) -> dict[str, bytes]:
    """Zip and tar tricks in place of a model file."""
    members = members_of(good)
    link = zipfile.ZipInfo("1.npy")
    link.external_attr = 0o120777 << 16
    torch = {"archive/data.pkl": pickle.dumps(Evil(marks)), "archive/version": "3\n"}
    npy = io.BytesIO()
    np.save(npy, np.array([Evil(marks)], dtype=object), allow_pickle=True)
    with tarfile.open(fileobj=(tar := io.BytesIO()), mode="w") as file:
        info = tarfile.TarInfo(f"../../{MODULE}.py")
        file.addfile(info)
    encrypted = bytearray(good)
    encrypted[good.rindex(b"PK\x01\x02") + 8] |= 1
    return {
        "zip of a torch file": zipped(torch),
        "zip that leads out": zipped(members | {"../../out": b"x"}),
        "zip with an absolute path": zipped(members | {"/tmp/out": b"x"}),
        "zip with a link": zipped([(link, "/etc/passwd"), *members.items()]),
        "zip with a schema twice": zipped([*members.items(), ("schema.json", schema(objects("posix", "system")))]),
        "zip bomb": zipped(members | {"1.npy": bytes(1 << 24)}, zipfile.ZIP_DEFLATED),
        "zip, encrypted": bytes(encrypted),
        "zip behind a pickle": pickle.dumps(Evil(marks)) + good,
        "zip, cut": good[:-40],
        "zip with a schema that is a pickle": zipped(members | {"schema.json": pickle.dumps(Evil(marks))}),
        "zip without a schema": zipped({"1.npy": b""}),
        "tar that leads out": tar.getvalue(),
        "npy with objects": npy.getvalue(),
        "npy with objects, in a model": zipped(
            {"1.npy": npy.getvalue(), "schema.json": schema(node("NdArrayNode", "numpy", "ndarray", **ARRAY))}
        ),
        "npy whose head is code": zipped(
            {
                "1.npy": b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': __import__('os').getpid(), 'shape': ()}".ljust(70),
                "schema.json": schema(node("NdArrayNode", "numpy", "ndarray", **ARRAY)),
            }
        ),
    }


ARRAY = {"file": "1.npy", "type": "numpy"}


def members_of(good: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good)) as file:
        return {name: file.read(name) for name in file.namelist()}


def node(loader: str, module: str, name: str, **more) -> dict:
    """A node of a skops schema."""
    return {"__loader__": loader, "__module__": module, "__class__": name, **more}


def text(value) -> dict:
    return node("JsonNode", "builtins", "str", content=json.dumps(value), is_json=True)


def listed(*nodes, kind="List") -> dict:
    return node(f"{kind}Node", "builtins", kind.lower(), content=list(nodes))


def mapped(content: dict, **more) -> dict:
    types = listed(*(node("TypeNode", "builtins", "str") for _ in content))
    return node("DictNode", "builtins", "dict", content=content, key_types=types) | more


def objects(module: str, name: str, **attributes) -> dict:
    return node("ObjectNode", module, name, content=mapped(attributes))


def schema(root: dict, protocol=2) -> bytes:
    return json.dumps(root | {"protocol": protocol, "_skops_version": "0.16.0"}).encode()


def schemas(marks) -> dict[str, bytes]:
    """skops files with types, functions and calls that no model has."""
    command = f"touch {marks}/by_skops"
    pipeline = objects("sklearn.pipeline", "Pipeline", steps=listed())
    system = node("FunctionNode", "os", "system")
    one = listed(text(command), kind="Tuple")
    deep = {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list", "content": []}
    for _ in range(400):
        deep = {**deep, "content": [deep]}
    reduced = {"__reduce__": {"args": one}, "content": mapped({})}
    roots = {
        "a foreign object": objects("subprocess", "Popen", args=text(command)),
        "an object of a module on the path": objects(MODULE, "Mark"),
        "an object of a module with a side effect": objects("antigravity", "webbrowser"),
        "a function": system,
        "a method": node("MethodNode", "sklearn.pipeline", "Pipeline", content={"func": "fit", "obj": pipeline}),
        "a method of a trusted class that is none": node(
            "MethodNode", "sklearn.pipeline", "Pipeline", content={"func": "__class__", "obj": pipeline}
        ),
        "operator.attrgetter": node(
            "OperatorFuncNode", "operator", "attrgetter", attrs=listed(text("x"), kind="Tuple")
        ),
        "operator.methodcaller": node("OperatorFuncNode", "operator", "methodcaller", attrs=one),
        "an operator of another name": node("OperatorFuncNode", "operator", "__builtins__", attrs=one),
        "a partial": node(
            "PartialNode",
            *("functools", "partial"),
            content={"func": system, "args": one, "kwds": mapped({}), "namespace": text(None)},
        ),
        "a type": node("TypeNode", "subprocess", "Popen"),
        "a call from reduce": node("ConstructorFromReduceNode", "subprocess", "getoutput", content=one),
        "a call of a trusted class": node(
            "ConstructorFromReduceNode", "churn_mlops.models.calibration", "CalibratedModel", content=one
        ),
        "a list of another class": node("ListNode", "subprocess", "getoutput", content=[text(command)]),
        "a list of a trusted class": node("ListNode", "numpy", "dtype", content=[text("int8")]),
        "a tuple of a class with code": node("TupleNode", MODULE, "Mark", content=[text(1)]),
        "a set of another class": node("SetNode", "os", "system", content=[text(command)]),
        "a dictionary of another class": mapped({}, __module__=MODULE, __class__="Mark"),
        "keys that are calls": mapped({command: text(1)}, key_types=listed(node("TypeNode", "os", "system"))),
        "a dictionary with a factory": node(
            "DefaultDictNode", "collections", "defaultdict", content={"main": mapped({}), "default_factory": system}
        ),
        "a loss by reduce": node("LossNode", "os", "system", **reduced),
        "a tree by reduce": node("TreeNode", "sklearn.tree._tree", "Tree", **reduced),
        "a generator that is a function": node(
            "RandomGeneratorNode",
            *("numpy.random._generator", "Generator"),
            content={"bit_generator": mapped({"bit_generator": text("default_rng")}), "seed_seq": text(None)},
        ),
        "a forest of quantiles": node("QuantileForestNode", "os", "system", **reduced),
        "an old dictionary of scikit-learn": node(
            "_DictWithDeprecatedKeysNode",
            "os",
            "system",
            content={"main": mapped({}), "_deprecated_key_to_new_key": {}},
        ),
        "a sparse matrix": node("SparseMatrixNode", "scipy.sparse", "csr_matrix", file="1.npz", type="scipy"),
        "another name of nothing": node("CachedNode", "os", "system", __id__=7),
        "a transformer that calls": objects(
            "sklearn.preprocessing._function_transformer", "FunctionTransformer", func=system, kw_args=text(None)
        ),
        "an unknown kind": node("EvilNode", "os", "system"),
        "nothing of a node": {"content": []},
        "nested without end": deep,
        "values nested without end": node("JsonNode", "builtins", "str", content="[" * 100_000, is_json=True),
        "bytes that are not there": node("BytesNode", "builtins", "bytes", file="no.bin"),
        "a trusted class with another's state": objects("churn_mlops.models.families.lightgbm", "LightGBMModel"),
    }
    made = {f"skops: {name}": zipped({"schema.json": schema(root)}) for name, root in roots.items()}
    made["skops: an old protocol"] = zipped({"schema.json": schema(system, 0)})
    made["skops: a protocol to come"] = zipped({"schema.json": schema(system, 99)})
    made["skops: a list for a schema"] = zipped({"schema.json": b"[]"})
    return made


def changed_tree(good: bytes, field: str, value: int) -> bytes:
    """The model with a tree in which a node names another child or column."""
    members = members_of(good)
    for name, content in members.items():
        if name.endswith(".npy"):
            array = np.load(io.BytesIO(content))
            if array.dtype.names and "feature_idx" in array.dtype.names and len(array) > 1:
                array = copy.deepcopy(array)
                array[field][0] = value
                np.save(out := io.BytesIO(), array)
                members[name] = out.getvalue()
                break
    return zipped(members)


def tables(marks) -> dict[str, bytes]:
    """Parquet, and what is none, in place of a table."""
    evil = pickle.dumps(Evil(marks))
    table, made = pa.table({"id": ["a", "b"], "spend": [1.0, 2.0]}), {}

    def parquet(metadata: dict, field: dict | None = None) -> bytes:
        fields = [pa.field("id", pa.string(), metadata=field), pa.field("spend", pa.float64())]
        pq.write_table(table.cast(pa.schema(fields, metadata)), out := io.BytesIO())
        return out.getvalue()

    pandas = {
        "index_columns": ["__import__('os')", {"kind": "range", "name": None, "start": 0, "stop": "x", "step": 1}],
        "column_indexes": [{"name": None, "pandas_type": "pickle", "numpy_type": "object", "metadata": None}],
        "columns": [{"name": "id", "field_name": "id", "pandas_type": "object", "numpy_type": f"{MODULE}.Mark"}],
        "attributes": evil.hex(),
        "pandas_version": "3.0.0",
    }
    made["parquet with metadata of pandas that name code"] = parquet({b"pandas": json.dumps(pandas).encode()})
    made["parquet with a pickle as metadata of pandas"] = parquet({b"pandas": evil})
    made["parquet with attributes that are a pickle"] = parquet({b"PANDAS_ATTRS": evil})
    extension = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": evil}
    made["parquet with an extension type that is a pickle"] = parquet({}, extension)
    made["parquet with a schema of Arrow that is a pickle"] = parquet({b"ARROW:schema": evil})
    good = parquet({})
    made["parquet, cut"] = good[:-30]
    made["parquet with a footer of 2 GiB"] = good[:-8] + b"\xff\xff\xff\x7fPAR1"
    made["parquet whose middle is noise"] = good[:8] + bytes(range(1, 200)) + good[207:]
    made["CSV in place of a table"] = b"id,spend\n=cmd|'/c calc'!A0,1\n"
    made["nothing in place of a table"] = b""
    return made


def jsons(marks) -> dict[str, bytes]:
    """What no JSON of ours is, in place of any."""
    command = f"touch {marks}/by_json"
    return {
        "JSON nested without end": b'{"a":' * 100_000,
        "JSON with a number of a million digits": b'{"a": %s}' % (b"9" * 1_000_000),
        "JSON with an endless number": b'{"a": 1e9999}',
        "JSON that is not a number": b'{"a": NaN}',
        "JSON with a name twice": b'{"columns": [], "columns": [1], "digest": "a", "digest": "b"}',
        "JSON of jsonpickle": json.dumps(
            {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": [command]}]}
        ).encode(),
        "JSON that is a list": b"[1, 2]",
        "JSON that is null": b"null",
        "JSON with code for values": json.dumps({"columns": "__import__('os')", "dataset": command}).encode(),
        "JSON in UTF-16": '{"a": 1}'.encode("utf-16"),
        "YAML with an object": f"!!python/object/apply:os.system ['{command}']\n".encode(),
        "nothing in place of JSON": b"",
    }


def tomls(marks) -> dict[str, bytes]:
    """Dataset definitions of another hand."""
    command = f"touch {marks}/by_toml"
    dataset = '[dataset]\nname = "people"\nsource = "people.csv"\nid = "id"\ntarget = "gone"\n'
    money = "[money]\nvalue_kept = 1\noffer_cost = 1\nsuccess_rate = 1\n"
    return {
        "YAML in place of TOML": f"dataset: !!python/object/apply:os.system ['{command}']\n".encode(),
        "TOML nested without end": b"a = " + b"[" * 100_000,
        "TOML with a number of a million digits": b"a = " + b"9" * 1_000_000,
        "TOML whose name leads out": dataset.replace("people", "../../people", 1).encode() + money.encode(),
        "TOML with commands as hooks": f'{dataset}{money}[hooks]\non_success = ["sh", "-c", "{command}"]\n'.encode(),
        "TOML with code for numbers": (dataset + money.replace("= 1", "= '__import__(1)'")).encode(),
        "TOML with a key twice": f"{dataset}{dataset}".encode(),
        "TOML that is no text": b"\xff\xfe\x00\x01",
    }
