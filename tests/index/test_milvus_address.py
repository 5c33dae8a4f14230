import pytest

from index.milvus.address import Address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("milvus://db.example.org:19530/news", Address("http://db.example.org:19530", "news")),
        ("milvus://db.example.org", Address("http://db.example.org:19530", "passages")),
        ("milvuss://db:443/a_1", Address("https://db:443", "a_1")),
        ("milvus://root:s%2Fecret@db/news", Address("http://db:19530", "news", "root:s/ecret")),
        ("milvus://[::1]:19531/x", Address("http://[::1]:19531", "x")),
        ("milvus://./file.db", Address("./file.db", "passages")),
        ("milvus:///data/file.db?texts=/data/texts", Address("/data/file.db", "passages", "", "/data/texts")),
        ("milvus://db/news?texts=/shared", Address("http://db:19530", "news", "", "/shared")),
    ],
)
def test_addresses(url: str, address: Address) -> None:
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://db:19530/news",
        "milvus://",
        "milvus:///news",
        "milvus://db/a-b",
        "milvus://db/1a",
        "milvus://db:0x/a",
        "milvus://db/a#b",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a store. Expected milvus://HOST:19530/NAME"):
        Address.parse(url)


def test_the_token_of_the_environment_is_taken_and_none_is_shown() -> None:
    assert Address.parse("milvus://db/news", "key") == Address("http://db:19530", "news", "key")
    assert Address.parse("milvus://own@db/news", "key") == Address("http://db:19530", "news", "own")
    with pytest.raises(ValueError, match="//\\.\\.\\.@db") as caught:
        Address.parse("milvus://root:secret@db/a-b")
    assert "secret" not in str(caught.value)
