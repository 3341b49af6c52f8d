"""The official rules of EN 16931 in Factur-X, run by the processor they were written for."""

from functools import cache
from pathlib import Path
from typing import Any

import facturx  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]
from saxonche import PySaxonProcessor  # type: ignore[import-not-found]

FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"
REPORT = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
CII = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}


def failed_rules(xml: bytes) -> list[str]:
    """Return the sentences of the rules that an invoice breaks; nothing when it keeps them all."""
    facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    processor, rules = _rules()
    report = etree.fromstring(
        rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode())).encode()
    )
    # A report without a rule that fired would mean that nothing was looked at.
    assert len(report.findall(".//svrl:fired-rule", REPORT)) > 50
    broken = report.iterfind(".//svrl:failed-assert", REPORT)
    return [" ".join("".join(map(str, one.itertext())).split()) for one in broken]


def terms(xml: bytes, name: str) -> list[str]:
    """Return the texts of all elements of a name."""
    return [one.text or "" for one in etree.fromstring(xml).iterfind(f".//ram:{name}", CII)]


@cache
def _rules() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    sheet = str(FOLDER / "FACTUR-X_EN16931.xslt")
    return processor, compiler.compile_stylesheet(stylesheet_file=sheet)
