# ruff: noqa: E501 - tables of patterns read better whole
"""Names of places on market pages in English, Dutch, French, German and Spanish, folded to plain lower-case letters.

Only names that pycountry and its translations lack, or give differently. The grammar is in
cleaning/places/statements.py.
"""

REGIONS = ("EU", "EUROPE", "ASIA", "NORTH_AMERICA", "SOUTH_AMERICA", "OCEANIA", "AFRICA", "WW")

REGION_ALIASES = {
    "WW": "worldwide,world wide,world,whole world,all the world,around the world,all over the world,entire world,"
    "international,internationally,internationaal,internationale,global,globally,everywhere,anywhere,all countries,"
    "any country,rest of world,rest of the world,row,ww,wereldwijd,wereld,hele wereld,overal,alle landen,"
    "monde,monde entier,le monde entier,partout,partout dans le monde,mondial,tous pays,tous les pays,weltweit,welt,"
    "ganze welt,uberall,alle lander,international weltweit,mundial,todo el mundo,mundo,world-wide,rest der welt,"
    "rest van de wereld,reste du monde,everyplace,every where,every place,any destination,every country,any where,wrld,worldwidewide,planet earth,earth,the earth,globe,the globe,whole globe,entire globe,wereldwijde,weltweite,weltweiten",
    "EU": "eu,e u,eu28,eu 28,eu27,european union,europese unie,union europeenne,l union europeenne,ue,"
    "europaische union,europaeische union,union europea,eu countries,eu landen,eu lander,pays de l ue,"
    "eu member states,eu zone,eu wide",
    "EUROPE": "europe,europa,l europe,european countries,european,mainland europe,continental europe,europaweit,"
    "europe (eu),european continent,all of europe,heel europa,ganz europa,toute l europe,western europe,eastern europe,"
    "west europe,east europe,central europe,europe wide,europewide,eur",
    "ASIA": "asia,asie,azie,asien,middle east,the middle east,moyen orient,midden oosten,naher osten,southeast asia,south east asia,l asie",
    "NORTH_AMERICA": "north america,n america,northamerica,north america (c),noord amerika,amerique du nord,nordamerika,america del norte,northern america,"
    "central america,midden amerika,amerique centrale,mittelamerika,zentralamerika,caribbean,the caribbean,caraiben,caraibisch gebied,caribisch gebied,karibik,caraibes",
    "SOUTH_AMERICA": "south america,s america,southamerica,latinamerica,zuid amerika,amerique du sud,sudamerika,suedamerika,america del sur,latin america,"
    "sudamerica",
    "OCEANIA": "oceania,oceanie,ozeanien,australasia",
    "AFRICA": "africa,afrique,afrika,l afrique",
}
COUNTRY_ALIASES = {
    "US": "us,usa,u s,u s a,united states,united states of america,america,the states,states,etats unis,"
    "verenigde staten,vereinigte staaten,vs,estados unidos,us of a,stateside,usa usa,amerika,amerique,usawide,merica,murica,americans,untied states,"
    "continental us,lower 48,conus,unites states,unitedstates,united sates,united state",
    "GB": "uk,u k,gb,united kingdom,great britain,britain,england,scotland,wales,northern ireland,verenigd koninkrijk,"
    "groot brittannie,engeland,schotland,royaume uni,grande bretagne,angleterre,ecosse,vereinigtes konigreich,"
    "grossbritannien,reino unido,inglaterra,u k mainland,uk mainland,uk england,ukwide,untied kingdom,british,n ireland,united kindom,united kindgom,united kingdon,united kingom,unitedkingdom,norhtern ireland,northen ireland,nothern ireland",
    "NL": "nl,netherlands,the netherlands,holland,nederland,pays bas,niederlande,paises bajos,hollande,holanda,dutch",
    "BE": "be,bel,belgium,belgie,belgique,belgien,belgica,flanders,vlaanderen,wallonie,wallonia",
    "DE": "de,ger,germany,duitsland,allemagne,deutschland,alemania,brd",
    "FR": "fr,fra,france,frankrijk,frankreich,francia",
    "ES": "es,esp,spain,spanje,espagne,spanien,espana", "IT": "it,ita,italy,italie,italien,italia",
    "PT": "portugal,pt", "PL": "pl,pol,poland,polen,pologne,polska,polonia", "AU": "au,aus,aussie,australia,oz,aussies,australian,australians,down under",
    "NZ": "nz,new zealand,newzealand,nieuw zeeland,nouvelle zelande,neuseeland", "CA": "ca,can,canada,kanada",
    "IE": "ie,roi,ireland,republic of ireland,eire,ierland,irlande,irland",
    "CH": "ch,switzerland,zwitserland,suisse,schweiz,suiza,swiss,swizz", "AT": "at,austria,oostenrijk,autriche,osterreich,oesterreich",
    "LU": "luxembourg,luxemburg,lux", "CZ": "cz,czech republic,czechia,czech,tsjechie,tchequie,tschechien,"
    "tsjechische republiek,republique tcheque,republica checa",
    "RU": "ru,russia,rusland,russie,russland,rusia", "TR": "turkey,turkije,turquie,turkei,turkiye",
    "MM": "burma,myanmar", "TL": "east timor,timor leste", "CI": "cote d ivoire,ivory coast,ivoorkust,elfenbeinkuste",
    "CG": "congo", "CD": "democratic republic of the congo,democratic republic of congo,dem rep congo,dr congo,drc,congo kinshasa", "SZ": "swaziland,eswatini", "CV": "cape verde,cabo verde,kaapverdie",
    "MK": "macedonia,north macedonia,macedonie,mazedonien", "XK": "kosovo", "VA": "vatican city,vatican,holy see,vaticaanstad",
    "VC": "saint vincent,st vincent", "FM": "micronesia", "KP": "north korea,noord korea", "KR": "south korea,southkorea,korea,zuid korea",
    "SY": "syria,syrie,syrien", "IR": "iran", "LA": "laos", "VN": "vietnam,viet nam", "BN": "brunei", "MD": "moldova,moldavie",
    "TZ": "tanzania", "BO": "bolivia", "VE": "venezuela", "TW": "taiwan", "PS": "palestine,palestina", "HK": "hong kong,hongkong,hk",
    "AE": "united arab emirates,uae,emirates,dubai,abu dhabi", "CN": "cn,china,chine,prc", "JP": "japan,jp,japon",
    "IN": "india,inde,indien", "TH": "thailand,thai", "MX": "mexico,mexique,mexiko,mex", "CO": "colombia,kolumbien,colombie",
    "DK": "dk,denmark,denemarken,danemark,danmark", "SE": "se,sweden,zweden,suede,schweden,sverige",
    "NO": "norway,noorwegen,norvege,norwegen,norge", "FI": "fi,finland,finlande,finnland,suomi",
    "SK": "slovakia,slowakije,slovaquie,slowakei,slovak republic", "SI": "slovenia,slovenie,slowenien",
    "GR": "gr,greece,griekenland,grece,griechenland", "HU": "hu,hungary,hongarije,hongrie,ungarn",
    "RO": "romania,roemenie,roumanie,rumanien", "HR": "croatia,kroatie,croatie,kroatien", "BY": "belarus,wit rusland,weissrussland,belorussia,bielorussie", "SX": "sint maarten,st maarten",
    "BA": "bosnia,bosnia and herzegovina,bosnie", "LV": "latvia", "LT": "lithuania", "EE": "estonia", "ZA": "south africa,rsa",
    "SG": "singapore,sg", "IL": "israel", "GM": "gambia,the gambia", "BS": "bahamas,the bahamas", "KN": "st kitts and nevis,saint kitts",
    "LC": "st lucia", "ST": "sao tome", "GE": "georgia", "JE": "jersey", "BR": "brazil,brasil,bresil,brazilie", "MO": "macau,macao",
}  # fmt: skip
# Parts of a region: as an exclusion they are not the whole of it, but the countries here; none where that is vague.
PARTS_OF_REGIONS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("southeast asia", "south east asia", "western europe", "eastern europe", "west europe", "east europe",
     "central europe", "central america", "midden amerika", "amerique centrale", "mittelamerika", "zentralamerika",
     "caribbean", "the caribbean", "caraiben", "caraibisch gebied", "caribisch gebied", "karibik", "caraibes"), ()
) | dict.fromkeys(
    ("middle east", "the middle east", "moyen orient", "midden oosten", "naher osten"),
    ("AE", "BH", "IL", "IQ", "IR", "JO", "KW", "LB", "OM", "PS", "QA", "SA", "SY", "TR", "YE"),
)  # fmt: skip
GROUPS = {
    ("DK", "NO", "SE"): "scandinavia,scandinavie,skandinavien,scandinavian countries,skandinavia,escandinavia",
    ("DK", "FI", "IS", "NO", "SE"): "nordics,nordic countries",
    ("BE", "LU", "NL"): "benelux", ("AT", "CH", "DE"): "dach,d a ch", ("EE", "LT", "LV"): "baltics,the baltics,baltic,baltic states,baltic countries,baltische staten,baltische staaten,pays baltes,baltikum",
    ("GB", "IE"): "british isles", ("AL", "BA", "ME", "MK", "RS", "XK"): "western balkans",
    ("AL", "BA", "BG", "HR", "ME", "MK", "RO", "RS", "SI", "XK"): "balkans,the balkans,balkan,balkan countries,balkan states,balkanlanden,balkanlander,pays des balkans", ("NORTH_AMERICA", "SOUTH_AMERICA"): "americas,the americas,north and south america",
    ("AU", "NZ"): "aunz,australia nz", ("GG", "JE"): "channel islands,kanaaleilanden,kanalinseln,iles anglo normandes",
    ("EU", "IS", "LI", "NO"): "eea,european economic area,ewr,europaischer wirtschaftsraum,europese economische ruimte,espace economique europeen",
    # The Schengen area as it was from 2011 to 2022.
    ("AT", "BE", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HU", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "SE", "SI", "SK"):
    "schengen,schengen area,schengen zone,schengen countries,schengen states,schengenraum,schengenzone,schengenlanden,schengen landen,espace schengen,zone schengen,schengengebied",
}  # fmt: skip
CITIES = {
    "NL": "amsterdam,rotterdam,utrecht,den haag,the hague,eindhoven,groningen,maastricht,tilburg,breda,nijmegen,arnhem,enschede,haarlem,la haye",
    "BE": "brussels,brussel,bruxelles,antwerp,antwerpen,anvers,ghent,gent,liege,luik,bruges,brugge,leuven,louvain,luttich,gand,namur,namen,charleroi,bruxelles capitale,brussel hoofdstad,flanders,vlaanderen,flandre,wallonia,wallonie",
    "DE": "berlin,hamburg,munich,munchen,muenchen,cologne,koln,frankfurt,stuttgart,leipzig,dresden,dusseldorf,bavaria,bayern,aachen,aken,aix la chapelle,mainz,mayence,bremen,hannover,hanover,nuremberg,nurnberg,essen,dortmund,bonn,keulen,berlijn",
    "GB": "london,manchester,liverpool,birmingham,leeds,glasgow,edinburgh,bristol,cardiff,belfast,sheffield,londres,londen",
    "FR": "paris,marseille,lyon,lille,toulouse,bordeaux,nice,strasbourg,strassburg,straatsburg,parijs,nantes,montpellier,rijsel,rennes", "ES": "canary islands,iles canaries,canaries,canarische eilanden,kanarische inseln,tenerife,gran canaria,madrid,barcelona,valencia,sevilla,ibiza,malaga",
    "IT": "rome,milan,milano,roma,naples,turin,florence,rom,mailand,milaan", "AT": "vienna,wien,wenen,vienne,graz,salzburg,linz",
    "CH": "zurich,geneva,geneve,genf,basel,basle,bern,berne,lausanne",
    "US": "new york,nyc,los angeles,california,cali,san francisco,chicago,miami,florida,texas,colorado,oregon,"
    "washington,seattle,boston,las vegas,denver,michigan,new jersey,ohio,east coast usa,west coast usa,hawaii,alaska",
    "CA": "toronto,vancouver,montreal,british columbia,ontario,quebec,alberta,calgary",
    "AU": "sydney,melbourne,brisbane,perth,adelaide,queensland,victoria,new south wales,nsw,tasmania",
    "CZ": "prague,praha,prag,praag,brno", "PL": "warsaw,krakow,warszawa,warschau,varsovie", "DK": "copenhagen,kopenhagen,copenhague", "SE": "stockholm", "NO": "oslo",
    "FI": "helsinki", "IE": "dublin", "PT": "lisbon,lisboa,porto,lissabon,lisbonne", "HU": "budapest", "GR": "athens,athene,athen", "TR": "istanbul",
    "TH": "bangkok", "RU": "moscow", "JP": "tokyo", "CN": "beijing,shanghai,shenzhen,guangzhou", "IN": "mumbai,delhi",
}  # fmt: skip
# Codes of countries that mean something else: missing, and; and words that are no statement of a country when alone.
# Codes of sports federations, which lists of capitals use as well.
OTHER_CODES = {
    "NED": "NL", "HOL": "NL", "GER": "DE", "DEN": "DK", "SUI": "CH", "POR": "PT", "GRE": "GR", "CRO": "HR", "LAT": "LV",
    "SLO": "SI", "BUL": "BG", "RSA": "ZA", "ENG": "GB", "SCO": "GB",
}  # fmt: skip
NO_CODES = frozenset(("NA", "AND"))
NO_LONE_CODES = frozenset(
    ("ME", "MY", "DO", "SO", "TO", "AM", "AS", "IS", "IN", "BY", "LA", "ARE", "PER", "GUM", "COD")
)
# Words after which places are excluded. Longest first in the scan below.
EXCLUDING = (
    "ex", "excludes", "expect", "exepct", "excpet", "execpt", "exemption", "except", "except for", "exc", "exept", "excep", "exept", "excepting", "exception", "exceptions", "with exceptions", "with exception of",
    "with the exception of", "excluding", "excl", "exclude", "excluded", "exclusive", "but not", "but no", "but", "not",
    "not to", "no", "non", "minus", "without", "other than", "outside", "apart from", "besides", "do not ship to", "don t ship to",
    "dont ship to", "will not ship to", "won t ship to", "no shipping to", "no service to", "no delivery to", "no shipping", "not shipping to", "never to", "never",
    "sauf", "hors", "excepte", "a l exception de", "a l exception des", "pas", "pas de", "pas vers", "pas en", "pas aux",
    "behalve", "m u v", "muv", "uitgezonderd", "niet", "niet naar", "geen", "met uitzondering van", "zonder", "buiten",
    "ausser", "aussser", "ausgenommen", "nicht", "nicht nach", "kein", "keine", "ohne", "mit ausnahme von", "ausserhalb",
    "excepto", "menos", "salvo",
    *(
        f"{denial} {verb} to"
        for denial in (
            "do not", "don t", "dont", "can t", "cant", "cannot", "can not", "will not", "won t", "wont", "unable to", "not able to",
            "not", "never", "no longer",
        )
        for verb in ("ship", "send", "deliver", "post", "mail")
    ),
)  # fmt: skip
# Those that may as well stand behind the place they exclude, at the end of their clause.
EXCLUDING_BEHIND = (
    "excluded", "is excluded", "are excluded", "excepted", "exempt", "exempted", "not included", "are not included",
    "is not included", "excl", "exc",
    "exclu", "exclus", "exclue", "exclues", "excepte", "exceptee", "exceptes", "exceptees", "non inclus", "non incluse",
    "non incluses", "non compris", "non comprise", "non comprises", "est exclu", "est exclue", "sont exclus", "sont exclues",
    "uitgezonderd", "uitgesloten", "is uitgesloten", "zijn uitgesloten", "niet inbegrepen",
    "ausgenommen", "ausgeschlossen", "ist ausgeschlossen", "sind ausgeschlossen", "ist ausgenommen", "sind ausgenommen",
    "nicht inbegriffen", "nicht eingeschlossen",
)  # fmt: skip
# Of these, one letter may be wrong, missing or too many, or two swapped.
EXCLUDING_MISSPELT = (
    "except", "excepting", "exclude", "excludes", "excluded", "excluding", "behalve", "ausser", "uitgezonderd",
    "ausgenommen", "excepte",
)  # fmt: skip
NO_TYPOS_OF_EXCLUDING = frozenset(
    ("aussie", "aussies", "include", "includes", "included", "including", "excerpt", "accept")
)
# Words between places that are no place themselves, nor a part of one.
JOINING = frozenset(("and", "und", "et", "en", "the", "die", "der", "les", "le", "la", "l"))
# Words after which places are included again.
INCLUDING = ("only", "ships to", "to", "ok", "otherwise", "we ship to", "incl", "including", "inclusief", "inkl")
# "All but ...": the world, when an exclusion follows.
EVERYTHING = frozenset(("any", "all", "everything", "everyone", "tout", "tous", "alles", "alle", "todo", "todos"))
NOTHING = frozenset(("na", "n a", "none", "unknown", "undeclared", "null", "nan", "onbekend", "inconnu", "unbekannt"))
# Made-up lands that look like a misspelt name, and words near one.
NO_TYPOS = frozenset(
    (
        "islands",
        "neverland",
        "torland",
        "wonderland",
        "candyland",
        "dreamland",
        "disneyland",
        "germans",
        "people",
        "states",
    )
)
# Two-letter codes that are also everyday words; they count only in capitals.
WORD_CODES = frozenset(
    ("be", "de", "it", "no", "in", "at", "is", "my", "to", "so", "us", "es", "se", "la", "me", "do", "am", "as", "by",
     "et", "il", "si", "va", "vs", "ch", "ca", "can", "row", "fi", "eur", "can", "lux", "bel", "nice", "swiss")
)  # fmt: skip

# Phrases that hold the name of a place and state none: how far within the place that follows, or what is refused.
WITHOUT_PLACE = (
    "middle earth", "down to earth",
    "anywhere in", "anywhere within", "everywhere in", "everywhere within", "no international", "not international",
    "no international shipping", "versand aus", "versandt aus", "versende aus", "versenden aus", "verschickt aus",
    "verschicken aus", "lieferung aus", "liefern aus", "sendung aus", "direkt aus", "kommt aus", "ware aus", "aus der",
    "partout en", "overal in", "uberall in",
)  # fmt: skip
