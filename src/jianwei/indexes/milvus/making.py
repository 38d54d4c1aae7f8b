"""A collection of vectors begun in a Milvus, remembered while it is filled: a fill that broke off is continued."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from jianwei.errors import SettingsError
from jianwei.indexes.milvus.choices import index_for
from jianwei.indexes.milvus.server import UNAWAITED
from jianwei.indexes.milvus.states import MilvusState

if TYPE_CHECKING:
    from jianwei.indexes.milvus.choices import MilvusVectorOptions
    from jianwei.indexes.milvus.server import MilvusVersion
    from jianwei.indexes.milvus.states import MilvusStates

VERSION = "milvus-vector-1"
"""Changes whenever the layout of a collection does; one of another version is filled anew."""


def begun_name(name: str) -> str:
    """Return under what name the collection is recorded that will be the index `name`."""
    return f"{name} (begun)"


def empty_collection(
    states: MilvusStates, name: str, *, dims: int, expected: int, options: MilvusVectorOptions
) -> MilvusState:
    """Make an empty collection of (dims,) vectors, fit for an `expected` number.

    Raises:
        IndexServerError: the server does not answer or refuses.
        SettingsError: it cannot keep vectors as the settings say.
    """
    server, address = states.server, states.server.address
    version = server.version()
    if address.numbers == "float16" and not version.at_least(2, 4):
        raise _no_float16(version)
    choice = index_for(expected, address.index_type, options, is_lite=version.is_lite)
    collection = f"{states.prefix}_{name}_x{secrets.token_hex(4)}"
    schema, index = server.schema(dims=dims, numbers=address.numbers, fields={})
    index.add_index("vector", index_type=choice.index_type, metric_type="IP", params=choice.build_parameters())
    server.call("create_collection", collection, schema=schema, num_shards=address.shards)
    server.call("create_index", collection, index, **UNAWAITED)
    server.call("load_collection", collection, replica_number=address.replicas)
    return MilvusState(collection, 0, VERSION, dims, choice.index_type, choice.lists, address.numbers)


def begun_collection(
    states: MilvusStates, name: str, *, dims: int, expected: int, options: MilvusVectorOptions, newest: int
) -> MilvusState | None:
    """Return the collection whose filling broke off; None where there is none that is still wanted.

    It is not where the settings ask for another kind by now, or the catalog is an older one than it was filled from.

    Raises:
        IndexServerError: the server does not answer.
    """
    state = states.read(begun_name(name), "Strong")
    address = states.server.address
    if state is None or not state.sequence or state.collection not in states.collections(name):
        return None
    wanted = index_for(expected, address.index_type, options, is_lite=states.server.version().is_lite)
    is_alike = (state.version, state.dims, state.numbers) == (VERSION, dims, address.numbers)
    return state if is_alike and state.index_type == wanted.index_type and state.sequence <= newest else None


def _no_float16(version: MilvusVersion) -> SettingsError:
    return SettingsError(
        f"JIANWEI_INDEX_URL asks for numbers=float16, which {version.text} does not know: servers do from 2.4 on. "
        "Leave it out, or use a newer server.",
        zh=f"JIANWEI_INDEX_URL 指定了 numbers=float16，但 {version.text} 不支持（服务器 2.4 起支持）。"
        "请去掉该参数，或使用更新的服务器。",
        name="JIANWEI_INDEX_URL",
    )
