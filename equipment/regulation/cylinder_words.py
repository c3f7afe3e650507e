"""The choices of a cylinder's fields, each with its label and what follows from it."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class Variety(Labelled):
    """How a cylinder is built (品种), as finely as the inspection and life rules tell them apart."""

    SEAMLESS = "seamless", N_("Seamless steel")
    ALUMINIUM = "aluminium", N_("Seamless aluminium")
    WELDED = "welded", N_("Welded steel")
    LPG = "lpg", N_("LPG or DME, welded steel")
    ACETYLENE = "acetylene", N_("Dissolved acetylene")
    WOUND = "wound", N_("Fibre-wound")
    CRYOGENIC = "cryogenic", N_("Cryogenic insulated")
    VEHICLE_CNG = "vehicle_cng", N_("Vehicle CNG, steel")
    VEHICLE_WOUND = "vehicle_wound", N_("Vehicle, fibre-wound")
    VEHICLE_H2 = "vehicle_h2", N_("Vehicle hydrogen")
    VEHICLE_LPG = "vehicle_lpg", N_("Vehicle LPG or DME")
    VEHICLE_LNG = "vehicle_lng", N_("Vehicle LNG, cryogenic")

    @property
    def vehicle(self) -> bool:
        return self.value.startswith("vehicle_")

    @property
    def by_medium(self) -> bool:
        """Whether the inspection interval depends on the gas."""
        return self in (Variety.SEAMLESS, Variety.ALUMINIUM, Variety.WELDED)

    @property
    def catalogue_code(self) -> str:
        if self in (Variety.SEAMLESS, Variety.ALUMINIUM, Variety.VEHICLE_CNG):
            return "2310"
        return "2320" if self in (Variety.WELDED, Variety.LPG, Variety.VEHICLE_LPG) else "23T0"


class Use(Labelled):
    """Where a cylinder serves; some uses shorten its interval or life."""

    GENERAL = "general", N_("General use")
    HOUSEHOLD = "household", N_("Household")
    CATERING = "catering", N_("Catering")
    INDUSTRIAL = "industrial", N_("Industrial")
    MEDICAL = "medical", N_("Medical")
    BREATHING = "breathing", N_("Breathing apparatus")
    DIVING = "diving", N_("Diving")
    MARINE = "marine", N_("Marine, in contact with sea water")
    FIRE = "fire", N_("Fire extinguishing")
    VEHICLE = "vehicle", N_("In a vehicle")
    TAXI = "taxi", N_("In a taxi")

    @property
    def filled_anywhere(self) -> bool:
        """Cylinders that need not be the filling station's own, whatever their gas."""
        return self in (Use.BREATHING, Use.FIRE)

    @property
    def harsh(self) -> bool:
        """Inspected like corrosive gases: diving and sea water."""
        return self in (Use.DIVING, Use.MARINE)


class Edition(Labelled):
    """The edition of the LPG cylinder standard it was made to: it decides the service life."""

    GB5842_1996 = "gb5842_1996", "GB 5842-1996"
    GB5842_2006 = "gb5842_2006", "GB 5842-2006"
    GBT5842_2022 = "gbt5842_2022", "GB/T 5842-2022"
    GB5842_2023 = "gb5842_2023", "GB 5842-2023"

    @property
    def life_is_stamped(self) -> bool:
        return self in (Edition.GBT5842_2022, Edition.GB5842_2023)


class Phase(Labelled):
    """What an LPG cylinder delivers; liquid-phase cylinders are white and exist only in the 50 kg size."""

    VAPOUR = "vapour", N_("Vapour phase")
    LIQUID = "liquid", N_("Liquid phase")


class Mount(Labelled):
    """Whether a cylinder stands alone or belongs to a bundle (集格)."""

    SINGLE = "single", N_("Single cylinder")
    IN_BUNDLE = "in_bundle", N_("In a bundle")
    BUNDLE = "bundle", N_("Bundle")
