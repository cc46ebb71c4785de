"""A model file is looked through before skops is asked: which zip, which nodes, which trees, each told by its name."""

from pathlib import Path

import pytest
from tests.never import payloads

from churn_mlops.errors import DataError, UntrustedModel
from churn_mlops.models.container import NODES
from churn_mlops.models.persistence import load_model


@pytest.fixture
def refused(tmp_path):
    """Loads a file of these bytes, which must be refused; returns the error."""

    def refused(content: bytes) -> Exception:
        (path := tmp_path / "model.skops").write_bytes(content)
        with pytest.raises(DataError) as error:
            load_model(path)
        assert str(path) in str(error.value)
        return error.value

    return refused


@pytest.fixture(scope="module")
def good(trained):
    return (Path(trained) / "model.skops").read_bytes()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("zip of a torch file", "a member is called 'archive/data.pkl'"),
        ("zip that leads out", "a member is called '../../out'"),
        ("zip with a schema twice", "a member is there twice"),
        ("zip bomb", "schema.json is compressed or encrypted"),
        ("zip, encrypted", "is compressed or encrypted"),
        ("zip behind a pickle", "something stands before the zip"),
        ("zip with a schema that is a pickle", "expected JSON"),
        ("zip without a schema", "no schema.json"),
        ("npy with objects, in a model", "allow_pickle=False"),
    ],
)
def test_another_zip_than_skops_writes_is_told(good, refused, tmp_path, name, told):
    assert told in str(refused(payloads.containers(tmp_path, good)[name]))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a function", "os.system (FunctionNode)"),
        ("a method", "sklearn.pipeline.Pipeline (MethodNode)"),
        ("operator.attrgetter", "operator.attrgetter (OperatorFuncNode)"),
        ("a partial", "functools.partial (PartialNode)"),
        ("a call of a trusted class", "CalibratedModel (ConstructorFromReduceNode)"),
        ("a list of a trusted class", "numpy.dtype (ListNode)"),
        ("a dictionary with a factory", "collections.defaultdict (DefaultDictNode)"),
        ("a tree by reduce", "Tree (TreeNode)"),
        ("a foreign object", "subprocess.Popen"),
        ("a type", "subprocess.Popen"),
    ],
)
def test_a_node_that_is_more_than_a_value_is_named(refused, tmp_path, name, told):
    error = refused(payloads.schemas(tmp_path)[f"skops: {name}"])
    assert isinstance(error, UntrustedModel)
    assert told in str(error)


def test_an_older_protocol_is_not_read(refused, tmp_path):
    assert "its protocol is too old" in str(refused(payloads.schemas(tmp_path)["skops: an old protocol"]))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("left", 1 << 20, "leads out of itself, or back"),
        ("right", 0, "leads out of itself, or back"),
        ("feature_idx", 9999, "asks for a column beyond"),
        ("feature_idx", -2, "asks for a column beyond"),
    ],
)
def test_a_tree_that_leads_elsewhere_is_not_followed(good, refused, field, value, told):
    assert told in str(refused(payloads.changed_tree(good, field, value)))


def test_no_node_that_is_let_through_calls_what_a_file_names():
    calls = {"FunctionNode", "MethodNode", "PartialNode", "OperatorFuncNode", "ConstructorFromReduceNode", "TreeNode"}
    assert calls.isdisjoint(NODES)
