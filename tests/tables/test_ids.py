"""Label tables are read as they are meant, or refused with what to do; never misread."""

import pytest

from abacad.tables.ids import BadTable, read_id_table, write_id_table

TABLE = "id,target\n0a,0\n0b,1\n"
ROWS = [{"id": "0a", "target": "0"}, {"id": "0b", "target": "1"}]


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        TABLE.rstrip("\n"),
        "\n" + TABLE.replace("0b", "\n , \n0b") + ",\n\n",
        "id , target\n0a ,0\n\t0b\u00a0, 1 \n",
        '"id","target"\n"0a","0"\n0b,"1"\n',
        ",id,target\n0,0a,0\n1,0b,1\n",
        "target,kind,id\n0,dot,0a\n1,,0b\n",
    ],
    ids=["plain", "mark", "crlf", "cr", "no end", "blank", "spaces", "quotes", "number", "others"],
)
def test_what_is_meant_is_read_however_it_was_saved(tmp_path, text):
    (tmp_path / "labels.csv").write_bytes(text.encode())
    assert read_id_table(tmp_path / "labels.csv", ["id", "target"]) == ROWS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (TABLE.encode("utf-16"), "is not UTF-8 text; save it as CSV UTF-8"),
        (TABLE.encode("utf-16-le"), "is not UTF-8 text; save it as CSV UTF-8"),
        ("id,target,où\n0a,0,là\n".encode("latin-1"), "is not UTF-8 text; save it as CSV UTF-8"),
        (b"id;target\n0a;0\n", "its columns are separated by semicolons; save it with commas"),
        (b"id\ttarget\n0a\t0\n", "its columns are separated by tabs; save it with commas"),
        (b"id,label\n0a,0\n", "has no column target; it has id, label"),
        (b"id,\n0a,0\n", "has no column target; it has id, "),
        (b"id,target,id\n0a,0,0b\n", "has the column id more than once"),
        (b"id,target\n0a,0\n0b,0,5\n", "line 3 has 3 values, but the header names 2 columns"),
        (b"id,target\n0a\n", "line 2 has 1 values, but the header names 2 columns"),
        (b'id,target\n"0a,0\n0b,1\n', "line 3 is not CSV: unexpected end of data"),
        (b"", "is empty: it must be a CSV with the columns id, target"),
        (b"\n \n", "is empty"),
    ],
)
def test_what_could_be_misread_is_refused_by_name(tmp_path, content, why):
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(BadTable) as error:
        read_id_table(tmp_path / "labels.csv", ["id", "target"])
    assert str(tmp_path / "labels.csv") in str(error.value) and why in str(error.value)


def test_a_written_table_reads_back_and_a_row_without_a_label_has_a_placeholder(tmp_path):
    write_id_table(tmp_path / "labels.csv", [("0a", 1), ("0b", None)])
    assert (tmp_path / "labels.csv").read_text() == "id,target\n0a,1\n0b,0.5\n"
