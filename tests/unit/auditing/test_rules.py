import pytest

from kerasarchive import _pages, auditing, schema
from kerasarchive._auditing import trusted
from kerasarchive.model.archive import Archive, Member
from kerasarchive.model.finding import SEVERITIES
from kerasarchive.model.location import in_json

RULES = auditing.rules()
PASSING = [pytest.param(rule, config, id=f"{rule.code}-{n}") for rule in RULES for n, config in enumerate(rule.passing)]
FAILING = [pytest.param(rule, config, id=f"{rule.code}-{n}") for rule in RULES for n, config in enumerate(rule.failing)]


@pytest.fixture(scope="module")
def schemas():
    return tuple(trusted(schema.load("keras==2.15.0")))


@pytest.fixture
def audit(schemas):
    def run(config, **options):
        archive = Archive("model.json", "config-json", config=config, config_at=in_json("config.json"))
        findings, skipped = auditing.audit(archive, schemas=schemas, **options)
        assert skipped == ()
        return findings

    return run


@pytest.mark.parametrize(("rule", "config"), PASSING)
def test_passing_examples(audit, rule, config):
    assert [finding for finding in audit(config, select=(rule.code,))] == []


@pytest.mark.parametrize(("rule", "config"), FAILING)
def test_failing_examples(audit, rule, config):
    findings = audit(config, select=(rule.code,))
    assert findings
    assert {finding.rule for finding in findings} == {rule.code}


@pytest.mark.parametrize(("rule", "config"), [each for each in FAILING if each.id != "KAV501-0"])
def test_failing_examples_fail_wherever_they_stand(audit, rule, config):
    """Deep in a model, in compile_config, in a node's keyword arguments, in a wrapped layer."""
    for wrapped in (
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Bidirectional", "config": {"layer": config}}]}},
        {"class_name": "Sequential", "config": {}, "compile_config": {"loss": {"out": [config]}}},
        {"class_name": "Functional", "config": {"layers": [
            {"class_name": "Add", "config": {}, "inbound_nodes": [{"args": [], "kwargs": {"mask": config}}]}]}},
    ):  # fmt: skip
        assert audit(wrapped, select=(rule.code,)), wrapped


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_documents_itself(rule):
    assert rule.severity in SEVERITIES
    assert rule.remedy
    assert len(rule.explains) > 100
    assert rule.check.__module__ == f"kerasarchive.rules.{rule.code.lower()}_{rule.name.replace('-', '_')}"


def test_codes_are_unique():
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_examples_are_there():
    for rule in RULES:
        assert (rule.passing and rule.failing) or rule.code in ("KAV110", "KAV506")


def test_pages_are_up_to_date():
    """If not: ``python -m kerasarchive._pages docs/rules``."""
    from pathlib import Path

    folder = Path(__file__).parents[3] / "docs" / "rules"
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")} == _pages.pages()


def test_foreign_members(schemas):
    import io

    members = tuple(
        Member(name, len(content), len(content), open=lambda content=content: io.BytesIO(content))
        for name, content in {
            "config.json": b"{}", "assets/vocabulary.txt": b"a\nb\n", "README.md": b"# Hello", "run.py": b"pass",
            "assets/data": b"\x80\x04K\x01.", "x.so": b"\x7fELF",
        }.items()
    )  # fmt: skip
    findings, _ = auditing.audit(Archive("a.keras", "keras-zip", members=members), schemas=schemas)
    assert {str(finding.location) for finding in findings} == {"run.py", "assets/data", "x.so"}


def test_a_rule_that_stumbles_is_a_gap(monkeypatch, schemas):
    from dataclasses import replace

    def stumble(_):
        raise KeyError("x")
        yield

    monkeypatch.setattr(auditing, "rules", lambda: (replace(RULES[0], check=stumble), *RULES[1:]))
    archive = Archive("m.json", "config-json", config={"class_name": "TFSMLayer", "config": {}}, config_at=in_json(""))
    findings, skipped = auditing.audit(archive, schemas=schemas)
    assert [gap.what for gap in skipped] == ["KAV101 lambda-bytecode"]
    assert findings


@pytest.mark.parametrize("config", [None, [], {}, 3, "x", [[]], {"class_name": None, "config": 1, "module": {}},
                                    {"class_name": "function", "module": [], "config": {}, "registered_name": 3},
                                    {"class_name": "Dense", "module": 7, "config": [], "registered_name": []},
                                    {"class_name": "TFOpLambda", "config": {"function": [1]}},
                                    {"class_name": "DTypePolicyMap", "config": {"policy_map": [1]}},
                                    {"class_name": "__numpy__", "config": {"dtype": {}, "value": 1}}])  # fmt: skip
def test_nonsense_breaks_nothing(audit, config):
    audit(config)


def test_depth_is_no_danger(audit):
    config: object = {"class_name": "Dense", "config": {}}
    for _ in range(20_000):
        config = [config]
    findings = audit(config)
    assert [finding.rule for finding in findings] == ["KAV504"]


def test_many_places_are_one_finding(audit):
    layers = [{"class_name": "Mine", "config": {"name": f"l{n}"}} for n in range(50)]
    (finding,) = audit({"class_name": "Sequential", "config": {"layers": layers}})
    assert "49 more places" in finding.message
