"""Names in backticks, for what is no plain name."""


def test_a_name_in_backticks(grid, write):
    write({"train.py": "print('loss=1')"})
    answer = grid.here("run", "--dry_run", "--format", "json", "--where", "`lr` < 3", "train.py", "--lr", "[1, 2, 3]")
    assert answer.code == 0, answer.err
    assert answer.json["trials"] == 2


def test_a_wrong_name_in_backticks_is_shown_where_it_stands(grid, write):
    write({"train.py": "print('loss=1')"})
    answer = grid.here("run", "--dry_run", "--where", "`val/los` < 3", "train.py", "--lr", "[1, 2]")
    assert answer.code == 2
    assert "there is no argument val/los" in answer.err
