"""What mysqldump and mariadb-dump write."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.errors import NeedsPerson
from migrate.extractors.sqldump import SqlDumpExtractor
from tests.extraction import Extraction

DDL = b"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `t` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(40) DEFAULT NULL, -- a comment, with a comma
  `data` longblob,
  `flag` bit(1) DEFAULT b'0',
  `full` varchar(90) GENERATED ALWAYS AS (concat(`name`,'x')) STORED,
  PRIMARY KEY (`id`),
  KEY `n` (`name`(10)),
  CONSTRAINT `f` FOREIGN KEY (`name`) REFERENCES `u` (`code`) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='it''s; a table';
CREATE TABLE `u` (`code` varchar(9) PRIMARY KEY) ENGINE=InnoDB;
"""


def dump(folder: Path, text: bytes, name: str = "a.sql") -> Extraction:
    """What is made of a dump of one file."""
    (folder / name).write_bytes(text)
    return Extraction(folder, extractor=SqlDumpExtractor())


def test_ddl_gives_keys_and_types(tmp_path: Path) -> None:
    found = dump(tmp_path, DDL)
    table = found.tables["t"]
    assert table.primary_key == ("id",)
    assert [(k.columns, k.target, k.target_columns) for k in table.foreign_keys] == [
        (("name",), "u", ("code",))
    ]
    assert [(c.name, c.declared_type) for c in table.columns] == [
        ("id", "int(11)"),
        ("name", "varchar(40)"),
        ("data", "longblob"),
        ("flag", "bit(1)"),
        ("full", "varchar(90)"),
    ]
    assert found.issue_codes() == []


def test_values_of_every_form(tmp_path: Path) -> None:
    text = (
        DDL
        + rb"""INSERT INTO `t` (`id`,`name`,`data`,`flag`)
 VALUES (1,'O\'Neil; \\ \n\t\0\Z\%\_','a\0b',b'1'),
(2,NULL,_binary 'ab\'',0x01), (-3,'NULL',0x00fF,'\0'),(4.50,'','',NULL);
INSERT INTO `t` (`id`, `name`) VALUES (5,'it''s'),(6,'a),(b');
INSERT INTO `t` VALUES (7,'x',NULL,b'0',DEFAULT);
"""
    )
    found = dump(tmp_path, text)
    assert found.cells("t") == [
        ("1", "O'Neil; \\ \n\t\0\x1a\\%\\_", "0x610062", "1", None),
        ("2", None, "0x616227", "1", None),
        ("-3", "NULL", "0x00FF", "0", None),
        ("4.50", "", "0x", None, None),
        ("5", "it's", None, None, None),
        ("6", "a),(b", None, None, None),
        ("7", "x", None, "0", None),
    ]
    assert [row["_at"] for row in found.rows["t"]] == ["15", "16", "16", "16", "17", "17", "18"]


def test_plain_rows_are_read_by_the_thousand_alike(tmp_path: Path) -> None:
    rows = [f"({n},'n{n}\\'s \\\\ ''q'' ü','\\0{n}',NULL,'é')" for n in range(3000)]
    text = DDL + b"INSERT INTO `t` VALUES " + ",".join(rows).encode() + b";\n"
    found = dump(tmp_path, text)
    assert found.cells("t") == [
        (str(n), f"n{n}'s \\ 'q' ü", "0x00" + str(n).encode().hex().upper(), None, "é")
        for n in range(3000)
    ]
    assert found.tables["t"].rows == 3000


@pytest.mark.parametrize("count", [1, 2000])
def test_no_backslash_escapes(tmp_path: Path, count: int) -> None:
    head = b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_BACKSLASH_ESCAPES' */;\n"
    rows = ",".join(rf"({n},'C:\dir\','a''b')" for n in range(count))
    table = b"CREATE TABLE `p` (`n` int, `a` text, `b` text) ENGINE=InnoDB;\n"
    found = dump(tmp_path, head + table + f"INSERT INTO `p` VALUES {rows};".encode())
    assert found.cells("p") == [(str(n), "C:\\dir\\", "a'b") for n in range(count)]


def test_several_databases_keep_their_tables_apart(tmp_path: Path) -> None:
    one = b"USE `%s`;\nCREATE TABLE `t` (`n` int) ENGINE=x;\nINSERT INTO `t` VALUES (%d);\n"
    found = dump(tmp_path, one % (b"first", 1) + one % (b"second", 2))
    assert found.cells("t") == [("1",)]
    assert found.cells("second_t") == [("2",)]
    assert found.tables["second_t"].source_name == "second.t"


def test_latin1_dump_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    head = b"/*!40101 SET NAMES latin1 */;\nCREATE TABLE `l` (`a` text, `b` blob) ENGINE=x;\n"
    found = dump(tmp_path, head + b"INSERT INTO `l` VALUES ('\xe9\x80\x81','\xe9');\n")
    assert found.cells("l") == [("é€\x81", "0xE9")]
    utf8 = head.replace(b"latin1", b"utf8")
    found = dump(tmp_path, utf8 + b"INSERT INTO `l` VALUES ('ok',''),('\xe9','\xe9'),('z','');\n")
    assert [cells[0] for cells in found.cells("l")] == ["ok", "z"]
    assert found.codes() == [(2, "3", "EXT012")]


def test_triggers_views_and_client_commands_are_text(tmp_path: Path) -> None:
    text = (
        DDL
        + b"""/*M!999999\\- enable the sandbox mode */
/*!50001 CREATE TABLE `v` (`id` tinyint NOT NULL) ENGINE=MyISAM */;
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN
INSERT INTO `t` VALUES (9,'no',NULL,NULL,NULL); UPDATE t SET id = 1; END */;;
DELIMITER ;
source /etc/passwd
/*!50001 DROP TABLE IF EXISTS `v`*/;
/*!50001 CREATE VIEW `v` AS select `t`.`id` AS `id` from `t` */;
LOCK TABLES `t` WRITE;
UNLOCK TABLES;
"""
    )
    found = dump(tmp_path, text)
    assert sorted(found.tables) == ["t", "u"]
    assert found.tables["t"].rows == 0
    assert found.issue_codes() == []


def test_damage_is_held_back_with_its_line(tmp_path: Path) -> None:
    text = DDL + b"INSERT INTO `u` VALUES ('a'),('b','c'),('d');\nINSERT INTO `u` VALUES ('e'),('f"
    found = dump(tmp_path, text)
    assert found.cells("u") == [("a",), ("d",), ("e",)]
    assert found.codes() == [(2, "14", "EXT010"), (5, "15", "EXT013")]
    assert found.rejects[1].raw == b"('f"


@pytest.mark.parametrize(
    "statement",
    [
        b"INSERT INTO `u` VALUES ((SELECT max(id) FROM `t`));",
        b"INSERT INTO `u` VALUES (1),(last_insert_id());",
        b"INSERT INTO `u` VALUES (@last);",
        b"INSERT INTO `u` SELECT name FROM `t`;",
        b"UPDATE `t` SET name = 'x';",
        b"INSERT INTO `u` VALUES ('a') ON DUPLICATE KEY UPDATE code = 'b';",
        b"LOAD DATA INFILE '/etc/passwd' INTO TABLE `u`;",
        b"/*!40101 SET NAMES sjis */;",
    ],
)
def test_programs_are_refused(tmp_path: Path, statement: bytes) -> None:
    with pytest.raises(NeedsPerson) as refused:
        dump(tmp_path, DDL + statement + b"\n")
    assert refused.value.code == "EXT031"
    assert "line 14" in refused.value.message
