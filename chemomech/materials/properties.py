"""Which properties a material or an interface may have, in which unit and in which physical range.

Signs: a volume change is positive when the material grows against its discharged state;
stoichiometry counts lithium (0 to 1). Properties of an interface belong to its two faces together.
"""

from chemomech.materials.specifications import Name, Potential, Quantity, Specification, Tabulated

BULK: dict[str, Specification] = {
    "young_modulus": Quantity("Pa", "Young's modulus"),
    "poisson_ratio": Quantity("1", "Poisson's ratio", low=-1.0, high=0.5),
    "yield_strength": Quantity("Pa", "yield strength in tension (J2)"),
    "hardening_modulus": Quantity("Pa", "linear isotropic hardening modulus", closed=True),
    "hardness": Quantity(
        "Pa",
        "indentation hardness; of the softer side it is an interface's contact_hardness left out",
    ),
    "flow": Name("how it flows: elastic, plastic (default with a yield_strength), creep or anand"),
    "creep_rate": Quantity("1/s", "creep rate at the creep stress"),
    "creep_stress": Quantity("Pa", "reference stress of power-law creep"),
    "creep_exponent": Quantity("1", "stress exponent of power-law creep"),
    "creep_activation_energy": Quantity("J/mol", "activation energy of creep"),
    "size_strength": Quantity(
        "N/m", "strength of small bodies times their size, for contact_law creep", closed=True
    ),
    "self_diffusivity": Quantity("m^2/s", "of lithium in itself, for its flow by diffusion"),
    "grain_size": Quantity("m", "of lithium that flows by diffusion, in pores and at voids"),
    "anand_prefactor": Quantity(
        "1/s", "A in Anand's creep rate A exp(-Q/RT) (stress/resistance)^(1/m)"
    ),
    "anand_activation_energy": Quantity("J/mol", "Q in Anand's creep rate"),
    "anand_rate_sensitivity": Quantity("1", "m in Anand's creep rate", high=1.0),
    "anand_resistance": Quantity("Pa", "resistance to creep at first"),
    "anand_hardening": Quantity(
        "Pa", "rate at which the resistance changes with creep strain", closed=True
    ),
    "anand_saturation": Quantity("Pa", "resistance that creep at the rate A exp(-Q/RT) leads to"),
    "anand_hardening_exponent": Quantity(
        "1", "exponent of the resistance's way to saturation", low=1.0, closed=True
    ),
    "anand_saturation_exponent": Quantity(
        "1", "exponent of the creep rate in the saturation", closed=True
    ),
    "ionic_conductivity": Quantity("S/m", "ionic conductivity at 25 degC"),
    "ionic_activation_energy": Quantity("J/mol", "activation energy of ionic conduction"),
    "electronic_conductivity": Quantity("S/m", "electronic conductivity at 25 degC"),
    "electronic_activation_energy": Quantity(
        "J/mol", "activation energy of electronic conduction; left out: none"
    ),
    "density": Quantity("kg/m^3", "mass density without pores"),
    "molar_mass": Quantity(
        "kg/mol", "mass per mole of lithium sites, of the formula that the density is of"
    ),
    "fracture_toughness": Quantity("Pa*m^0.5", "mode I fracture toughness"),
    "molar_volume": Quantity("m^3/mol", "volume per mole of lithium metal"),
    "maximum_concentration": Quantity("mol/m^3", "lithium concentration at stoichiometry 1"),
    "diffusivity": Quantity("m^2/s", "diffusivity of lithium at 25 degC"),
    "diffusion_activation_energy": Quantity(
        "J/mol", "activation energy of the diffusivity; left out: none"
    ),
    "melting_temperature": Quantity("K", "melting point of lithium metal; steps end there"),
    "thermal_expansion": Quantity("1/K", "linear thermal expansion coefficient"),
    "volume_change": Tabulated("relative volume change against the discharged state"),
    "axial_strain": Tabulated(
        "strain along the crystal's c axis less that across it, against the discharged state"
    ),
    "equilibrium_potential": Potential(
        "equilibrium potential against lithium: a named function, or a table over stoichiometry"
    ),
    "stoichiometry_minimum": Quantity("1", "smallest stoichiometry in use", high=1.0, closed=True),
    "stoichiometry_maximum": Quantity("1", "largest stoichiometry in use", high=1.0, closed=True),
}

INTERFACE: dict[str, Specification] = {
    "strength": Quantity("Pa", "largest traction of the intact interface"),
    "fracture_energy": Quantity("J/m^2", "energy per area to open it"),
    "shear_strength": Quantity(
        "Pa", "largest shear traction of the intact interface; left out: strength"
    ),
    "fracture_energy_shear": Quantity(
        "J/m^2", "energy per area to shear it off; left out: fracture_energy"
    ),
    "cohesive_law": Name("traction law: bilinear (default), exponential or ppr"),
    "softening_shape": Quantity(
        "1", "shape of the law ppr: 2 straight softening, larger a steeper one", low=1.0
    ),
    "mode_mixing": Name("rule between opening and shear: benzeggagh_kenane (default) or power_law"),
    "mixed_mode_exponent": Quantity("1", "exponent of the mixing rule", low=0.5),
    "onset_opening": Quantity(
        "m", "opening where a bilinear law begins to soften, instead of stiffness"
    ),
    "final_opening": Quantity("m", "opening where a bilinear law is broken, instead of strength"),
    "stiffness": Quantity("Pa/m", "traction per separation before damage"),
    "contact_stiffness": Quantity(
        "Pa/m",
        "against overlap and sticking friction; left out: 100 E/h, h a facet's size, E the "
        "harmonic mean of both sides",
    ),
    "friction_coefficient": Quantity("1", "Coulomb friction of the debonded share", closed=True),
    "anisotropy_ratio": Quantity(
        "1", "strength and energy of facets across the axis over those along it"
    ),
    "anisotropy_angle": Quantity(
        "rad", "angle of that axis from the x axis", low=-10.0, high=10.0, closed=True
    ),
    "weibull_modulus": Quantity("1", "scatter of the strength in space; left out: none"),
    "correlation_length": Quantity("m", "length over which the strength varies"),
    "scatter_seed": Quantity("1", "seed of the scatter, a whole number", high=1e9, closed=True),
    "fatigue_length": Quantity(
        "m", "accumulated opening that wears the interface out; left out: no fatigue"
    ),
    "fatigue_endurance": Quantity(
        "1", "share of the strength below which nothing wears", high=1.0, closed=True
    ),
    "fatigue_threshold": Quantity("m", "accumulated opening before wear begins", closed=True),
    "initial_damage": Quantity("1", "0 bonded, 1 only pressed together", high=1.0, closed=True),
    "exchange_current_density": Quantity(
        "A/m^2", "exchange current density in full contact at 25 degC"
    ),
    "kinetics": Name("law of charge transfer: butler_volmer (default), or one of your own"),
    "exchange_current_dependence": Name(
        "how it depends on the stoichiometry x: sites (default), 2 sqrt(x (1 - x)) times its value "
        "at x = 1/2, or constant"
    ),
    "exchange_current_activation_energy": Quantity(
        "J/mol", "activation energy of the exchange current; left out: none"
    ),
    "film_resistance": Quantity(
        "ohm*m^2", "resistance of the film in full contact at 25 degC", closed=True
    ),
    "film_activation_energy": Quantity(
        "J/mol",
        "activation energy of conduction through film, coating and interphase; left out: none",
    ),
    "coating_thickness": Quantity(
        "m", "thickness of a coating on the active material, with coating_conductivity"
    ),
    "coating_conductivity": Quantity(
        "S/m", "ionic conductivity of the coating at 25 degC, with coating_thickness"
    ),
    "coating_strength": Quantity(
        "Pa", "largest traction of the coating or its bonds, with coating_fracture_energy"
    ),
    "coating_fracture_energy": Quantity(
        "J/m^2",
        "energy per area to crack or peel it, with coating_strength; counts where below "
        "fracture_energy",
    ),
    "contact_resistance": Quantity(
        "ohm*m^2", "resistance to electrons or ions, two conductors in full contact"
    ),
    "conduction_opening": Quantity(
        "m", "opening at which a bonded place stops conducting; left out: 1 nm"
    ),
    "contact_law": Name("law of rough contact: plastic (default), mikic, persson or creep"),
    "roughness": Quantity(
        "m", "root mean square height of the rough faces, for the law creep and for adhesion"
    ),
    "work_of_adhesion": Quantity(
        "J/m^2", "energy per area that the faces gain where they touch, with roughness", closed=True
    ),
    "rms_slope": Quantity("1", "root mean square slope of the rough faces, for the law persson"),
    "contact_hardness": Quantity(
        "Pa",
        "pressure at which the rough faces touch everywhere; left out at an electrode: the least "
        "hardness of its two sides",
    ),
    "unloading_exponent": Quantity(
        "1", "contact kept on unloading, (p/p_max)^n; 1: none", high=1.0, closed=True
    ),
    "assembly_pressure": Quantity(
        "Pa", "largest pressure that the rough faces have felt before", closed=True
    ),
    "contact_creep_growth": Quantity(
        "1", "relative growth of contact spots per creep strain, for the law creep"
    ),
    "interphase_parabolic_rate": Quantity(
        "m/s^0.5",
        "growth of a passivating interphase at 25 degC, thickness over sqrt(time)",
        closed=True,
    ),
    "interphase_linear_rate": Quantity(
        "m/s", "growth of a mixed-conducting interphase at 25 degC", closed=True
    ),
    "interphase_activation_energy": Quantity(
        "J/mol", "activation energy of both rates of growth; left out: none"
    ),
    "interphase_volume_change": Quantity(
        "1", "volume formed over volume consumed, less one", low=-1.0
    ),
    "interphase_conductivity": Quantity("S/m", "ionic conductivity of the interphase at 25 degC"),
}

# Properties that mean nothing alone: each needs the other.
PAIRS = (
    ("coating_thickness", "coating_conductivity"),
    ("coating_strength", "coating_fracture_energy"),
)

KINDS: dict[str, dict[str, Specification]] = {"bulk": BULK, "interface": INTERFACE}

# Known quantities that no model can use as they are, and what to give instead.
REFUSED: dict[str, dict[str, str]] = {
    "bulk": {
        "grain_boundary_conductivity": (
            "the resistance of a boundary follows from a conductivity only with a thickness; give "
            "the boundaries an interface material with contact_resistance, under [interfaces] as "
            '"region|region" or under [cracks]: the size of the grains over this conductivity '
            "where it was taken over the length of a sample (brick-layer model; Fleig and Maier "
            "1999, J. Eur. Ceram. Soc. 19, 693)"
        ),
        "grain_boundary_activation_energy": (
            "the boundaries' contact_resistance is one number; give that at the cell's temperature"
        ),
    },
    "interface": {},
}
