"""UCUM codes by the grammar of the case sensitive syntax (The Unified Code for Units of Measure,
2.1, Regenstrief Institute): terms of atoms with prefixes, exponents and annotations."""

from __future__ import annotations

import re
from functools import cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Metric atoms take a prefix; units in brackets as a rule do not.
_METRIC = _words(
    """
    m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar
    u eV pc [c] [h] [k] [eps_0] [mu_0] [e] [m_e] [m_p] [G] [g] [ly] gf Ky Gal dyn erg P Bi
    St Mx G Oe Gb sb Lmb ph Ci R RAD REM cal_[15] cal_[20] cal_m cal_IT cal_th cal tex
    m[H2O] m[Hg] eq osm kat U [iU] [IU] B B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW] st
    mho Np bit_s bit By Bd g% [CCID_50] [CFU] [FFU] [PFU]
    """
)
_OTHER = _words(
    """
    10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s
    mo_j mo_g mo AU atm [lbf_av] [in_i] [ft_i] [yd_i] [mi_i] [fth_i] [nmi_i] [kn_i] [sin_i]
    [sft_i] [syd_i] [cin_i] [cft_i] [cyd_i] [bf_i] [cr_i] [mil_i] [cml_i] [hd_i] [ft_us]
    [yd_us] [in_us] [rd_us] [ch_us] [lk_us] [rch_us] [rlk_us] [fth_us] [fur_us] [mi_us]
    [acr_us] [srd_us] [smi_us] [sct] [twp] [mil_us] [in_br] [ft_br] [rd_br] [ch_br] [lk_br]
    [fth_br] [pc_br] [yd_br] [mi_br] [nmi_br] [kn_br] [acr_br] [gal_us] [bbl_us] [qt_us]
    [pt_us] [gil_us] [foz_us] [fdr_us] [min_us] [crd_us] [bu_us] [gal_wi] [pk_us] [dqt_us]
    [dpt_us] [tbs_us] [tsp_us] [cup_us] [foz_m] [cup_m] [tsp_m] [tbs_m] [gal_br] [pk_br]
    [bu_br] [qt_br] [pt_br] [gil_br] [foz_br] [fdr_br] [min_br] [gr] [lb_av] [oz_av]
    [dr_av] [scwt_av] [lcwt_av] [ston_av] [lton_av] [stone_av] [pwt_tr] [oz_tr] [lb_tr]
    [sc_ap] [dr_ap] [oz_ap] [lb_ap] [oz_m] [lne] [pnt] [pca] [pnt_pr] [pca_pr] [pied]
    [pouce] [ligne] [didot] [cicero] [degF] [degR] [degRe] [Cal] [Btu_39] [Btu_59] [Btu_60]
    [Btu_m] [Btu_IT] [Btu_th] [Btu] [HP] [den] [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop]
    [p'diop] %[slope] [mesh_i] [Ch] [drp] [hnsf'U] [MET] [hp'_X] [hp'_C] [hp'_M] [hp'_Q]
    [hp_X] [hp_C] [hp_M] [hp_Q] [kp_X] [kp_C] [kp_M] [kp_Q] [pH] [S] [HPF] [LPF] [arb'U]
    [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U]
    [ka'U] [knk'U] [mclg'U] [tb'U] [TCID_50] [EID_50] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU]
    [Amb'a'1'U] [AU] [BAU] circ sph [car_m] [car_Au] [smoot] [m/s2/Hz^0.5] [NTU] [FNU]
    bit_s [psi] [pH] [kn_br] [degF] [cup_us]
    """
)
_PREFIXES = (
    r"da",
    r"Ki",
    r"Mi",
    r"Gi",
    r"Ti",
    r"Y",
    r"Z",
    r"E",
    r"P",
    r"T",
    r"G",
    r"M",
    r"k",
    r"h",
    r"d",
    r"c",
    r"m",
    r"u",
    r"n",
    r"p",
    r"f",
    r"a",
    r"z",
    r"y",
)
_ANNOTATION = re.compile(r"\{[\x21-\x7a\x7c\x7e]*\}")
_ATOM = re.compile(r"(10\*|10\^|(?:\[[^\]]*\]|[^\[\]().\/{}0-9+\-])+?)([+-]?[0-9]+)?$")


@cache
def is_ucum(code: str) -> bool:
    """Whether a code is one of UCUM's.

    >>> is_ucum("mg/dL"), is_ucum("mm[Hg]"), is_ucum("10*3/uL"), is_ucum("mg / dL"), is_ucum("kgs")
    (True, True, True, False, False)
    """
    if not code or not code.isascii() or any(character <= " " for character in code):
        return False
    return _main(code)


def _main(code: str) -> bool:
    text = code[1:] if code.startswith("/") else code
    parts = _split(text)
    return parts is not None and all(_component(part) for part in parts)


def _split(text: str) -> list[str] | None:
    """The components between operators that stand outside brackets and annotations."""
    parts, depth, held, closing = [""], 0, "", {"[": "]", "{": "}"}
    for character in text:
        if held:
            held = "" if character == held else held
        elif character in closing:
            held = closing[character]
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character in "./" and depth == 0:
            parts.append("")
            continue
        if depth < 0:
            return None
        parts[-1] += character
    return None if depth or held else parts


def _component(part: str) -> bool:
    if not part:
        return False
    if part.startswith("("):
        match = re.fullmatch(r"\((.*)\)(?:\{[^}]*\})?", part)
        return match is not None and _main(match[1])
    bare = _ANNOTATION.sub("", part)
    if "{" in bare or "}" in bare:
        return False
    if not bare:
        return True
    if bare.isdigit():
        return bare == "1" or int(bare) > 0
    match = _ATOM.match(bare)
    return match is not None and _atom(match[1])


def _atom(text: str) -> bool:
    if text in _METRIC or text in _OTHER:
        return True
    return any(text.startswith(prefix) and text[len(prefix) :] in _METRIC for prefix in _PREFIXES)
