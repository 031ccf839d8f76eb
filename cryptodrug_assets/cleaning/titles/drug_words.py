# ruff: noqa: E501 - tables of patterns read better whole
"""Names of substances in titles, by class and subclass, in English, Dutch, German and French.

A pattern is matched against the title in lower case with separators normalised (drugs.py). Words that also mean
something else on these markets (strain names, brand names, "speedy") are written so that they only fit the substance.
"""

# Articles about drugs, or for making and taking them; they overrule every substance named beside them.
NOT_A_DRUG = (
    r"e ?books?", r"\bpdf\b", r"\bguides?\b", r"tutorials?", r"how to (?!take|use|dose)", r"\brecipes?\b", r"\bmethods? (?:to|for)\b",
    r"handbook", r"test(?:ing)? kits?", r"(?<!with )\breagents?\b(?! test(?:ed)?\b)", r"\breagent test (?:kit|set|pack)", r"\btest strips?\b",     r"\b(?:glass|crack|meth|smoking) pipes?\b", r"\bpill press\b", r"\bpress moulds?\b",
    r"\bpmk\b", r"\bbmk\b", r"\bsafrole?\b(?! smell)", r"\bapaan\b", r"\bp2np\b", r"\bprecursors?\b", r"\bacetic anhydride\b", r"\bcutting agents?\b",     r"\bfull ?z\b", r"\bssn\b", r"\bfull dox\b", r"\bdoxx(?:ing|ed)?\b", r"\b(?:milligram|digital|pocket|mini|precision) scales?\b", r"\bstarter kit\b",
    r"\bempty (?:gel(?:atin)? )?caps(?:ules)?\b", r"\bcounterfeit\b", r"\bfake (?:id|money|notes?|passport)",     r"\bcvv\b", r"\bcarding\b", r"\bbank (?:logs?|drops?)\b",     r"\bgold bars?\b", r"\bsynthesis\b(?! quality)", r"\bmicroscales?\b", r"\bmoney making\b", r"\bearn \$", r"\bpsilocybe? spore\b",
    r"\bgrow (?:kit|light|tent)s?\b", r"\bcookbook\b", r"\bvpn\b", r"\bhandleiding\b", r"\banleitung\b",
)  # fmt: skip

# Articles that are no drugs unless a substance is named as well (oil in a syringe).
NOT_A_DRUG_ALONE = (
    r"\bstickers?\b",
    r"\bsyringes?\b",
    r"\blactose\b",
    r"\bmannitol\b",
    r"\bbook\b",
    r"\bsoftware\b",
    r"\bscales?\b",
    r"\blifetime\b",
    r"\baccounts?\b",
    r"\bcaffeine\b(?! pills)",
    r"\bgrinders?\b",
    r"\bbongs?\b",
    r"\bvapori[sz]ers?\b",
    r"\bneedles? \d+ ?gauge\b",
    r"\bcourse\b",
    r"\bmylar\b",
    r"\bvacuum (?:bags?|sealer)\b",
    r"\bcreatine\b",
    r"\b(?:iodine|red phosphorus|methylamine|hydriodic acid|acetone|ether|toluene)\b",
    r"\blithium strips?\b",
    r"\b(?:rolling|blotter) papers?\b",
    r"\bstash\b",
    r"\bpill crushers?\b",
    r"\b(?:benzo|lido|pro|tetra)caine\b",
    r"\blevamisole?\b",
    r"\bphenacetin\w*\b",
    r"\binositol\b",
    r"\bmsm\b",
    r"\bdetox\b",
    r"\bsynthetic urine\b",
)

# Goods that are no drugs, by words that are also the brands of pills: they count only where nothing says drug.
OTHER_GOODS = (
    r"\b(?:visa|master ?card|amex|american express|maestro)\b", r"\b(?:credit|debit|prepaid|gift|sim|business|atm) ?cards?\b", r"\bccs?\b", r"\bcards?\b",
    r"\bpay ?pals?\b|\bwestern union\b|\bmoney ?gram\b|\bvenmo\b|\bcash ?app\b|\bskrill\b|\bneteller\b|\bbit ?coins?\b|\bcoinbase\b|\bforex\b",
    r"\bcash ?outs?\b|\bdumps?\b|\bbins?\b|\bbank(?:s|ing)?\b|\bmoney\b|\bincome\b|\bprofits?\b|\bearn\b|\b(?:euros?|dollars?|usd|eur|gbp) (?:notes?|bills?|bank ?notes?)\b|\bbank ?notes?\b|\bfake \d+ ?(?:euros?|dollars?|pounds?|bills?|notes?)?\b",
    r"\bpass ?ports?\b|\b(?:driv(?:er ?s?|ing)|fishing) licen[cs]es?\b|\bid (?:card|scan|template)s?\b|\bids\b|\btemplates?\b|\bpsd\b|\bscans?\b|\bholograms?\b|\bvisum\b|\bidentity\b|\bdiplomas?\b|\bpay ?stubs?\b|\butility bills?\b",
    r"\bnetflix\b|\bspotify\b|\bhulu\b|\bamazon\b|\be ?bay\b|\buber\b|\bdeezer\b|\biptv\b|\bdisney\b|\bhbo\b|\bfacebook\b|\binsta ?gram\b|\btwitter\b|\byou ?tube\b|\bgmail\b|\byahoo\b|\bicloud\b|\bpremium\b.*\baccs?\b|\baccs\b|\binvites?\b|\bfollowers\b|\bvouchers?\b|\bcoupons?\b|\bdiscount form\b|\bporn\w*\b|\bsite ?rips?\b|\bxxx\b",
    r"\bhack(?:s|ed|er|ers|ing)?\b|\bexploits?\b|\btrojans?\b|\bkey ?loggers?\b|\bbot ?nets?\b|\bbots\b|\bmal ?ware\b|\branso\w+\b|\broot ?kits?\b|\brats?\b|\bsocks ?5?\b|\bprox(?:y|ies)\b|\brdps?\b|\bsmtp\b|\bc ?panel\b|\bshells\b|\bddos\b|\bsql ?i?\b|\bcrack(?:ed|er)\b|\bdoxx?(?:ing|ed)?\b|\bspam\w*\b|\be ?mails?\b|\bleads\b|\bdata ?bases?\b|\bcombo(?: ?lists?)\b|\bleaks?\b|\bleaked\b|\blogins?\b|\blogs\b|\btor\b|\btails\b|\bpgp\b|\bonion\b|\banonym\w+\b|\bwifi\b",
    r"\bwindows ?(?:7|8|10|xp)?\b|\boffice (?:20\d\d|365)\b|\bmicrosoft\b|\badobe\b|\bphotoshop\b|\banti ?virus\b|\b(?:product|licen[cs]e|serial) (?:keys?|numbers?)\b|\blicen[cs]es?\b|\bserials?\b|\bkey ?gen\b|\bdecompiler\b|\bapps?\b|\busb\b|\b\d+ ?gb\b|\bmp[34]\b|\bavi\b|\bdvds?\b|\bmovies?\b|\bseasons? \d|\bcollection\b|\bdocumentary\b|\b(?:ps4|xbox|pc game|steam)\b",
    r"\brolex\b|\bhublot\b|\bomega\b|\bbreitling\b|\bpanerai\b|\baudemars\b|\bcartier\b|\bpatek\b|\btag heuer\b|\bwatch(?:es)?\b|\bwallets?\b|\bsun ?glasses\b|\bray ?bans?\b|\boakley\b|\bgucci\b|\bhermes\b|\blouis vuitton\b|\bhand ?bags?\b|\bshoes\b|\bsneakers\b|\bt ?shirts?\b|\bjackets?\b|\bip(?:hone|ad)s?\b|\bsamsung\b|\breplicas?\b|\bjewel\w*\b|\bsilver coins?\b|\bfine gold\b",
    r"\bguns?\b|\bpistols?\b|\brifles?\b|\bglock\b|\bammo\b|\bammunition\b|\b(?:9 ?mm|22 ?lr)\b|\bkni(?:fe|ves)\b|\btasers?\b|\bstun ?guns?\b|\bexplosives?\b|\bgrenades?\b|\bdetectors?\b|\bjammers?\b|\bskimmers?\b|\block ?picks?\b|\bphones?\b|\bmagnetic\b|\bgenerator\b",
    r"\bmanuals?\b|\bencyclop\w+\b|\bmagazines?\b|\bvideos?\b|\bcourses?\b|\btips\b|\btricks\b|\bsecrets?\b|\bmake (?:\d+|money|bank)\b|\bmaking\b|\bways to\b|\bservices?\b|\bservers?\b|\bhosting\b|\blinks?\b|\blists?\b|\btracking numbers?\b|\bbox(?:ed)? (?:set)?\b$",
    r"\bgefalsch\w*|\bfalschgeld\b|\bgeld\w*\b|\b(?:\d+ )?(?:euro ?)?scheine\b|\bkonto\b|\bkarten\b|\b(?:kredit|ec|bank) ?karten?\b|\b(?:personal)?ausweis\w*\b|\bfuhrerschein\w*|\breisepass\b|\bversandkosten\b|\buhren\b|\brechnung\w*",
    r"\bvals(?:e)? (?:geld|biljetten|briefjes|papieren)\b|\bbiljetten\b|\bbriefjes\b|\brijbewij\w+|\bpaspoort\w*|\bidentiteits\w+|\bbank ?(?:pas|rekening)\w*|\bverzendkosten\b|\bhorloges?\b",
    r"\bfaux (?:billets?|papiers?|documents?|permis|euros?)\b|\bfausses? \w+|\bbillets?\b|\bpermis de conduire\b|\bpasseports?\b|\bcartes? (?:bancaires?|d identite|bleue|de credit|grise)\b|\bcomptes?\b|\bmontres?\b|\bfrais de port\b|\btutoriels?\b",
)  # fmt: skip

# (class, subclass, pattern): every pattern is tried; see drugs.py for what happens when several fit.
SUBSTANCES: tuple[tuple[str, str | None, str], ...] = (
    # Cannabis, with the strain names that hold another drug's name.
    ("cannabis", "cannabis_herb", r"green crack|cocaine kush|ak ?47|durban poison|white widow|purple haze|lsd strain|amnesia|"
     r"\bkush\b|\bhaze\b|\bskunk\b|\bweed\b|marihuana|marijuana|cannabis(?! seeds)|\bbuds?\b|sativa|indica|gorilla glue|\bgg ?#?4\b|"
     r"girl scout|\bgsc\b|\bgelato\b|zkittle[sz]|\bskittlez\b|blue dream|sour diesel|\bdiesel\b|jack herer|blue cheese|\bexodus cheese\b|"
     r"northern lights?|wedding cake|lemon ?(?:haze|skunk|kush)|bubba|\bog\b|pre ?rolls?|pre ?rolled|\bjoints?\b|\bwiet\b|\bgras\b|\bbeuh\b|"
     r"\bpot\b|super silver|cali(?:fornian?)? (?:weed|bud)|\bshake\b|\btrim\b|critical mass|\bmoonrocks?\b|\bhybrid\b|\bcookies\b|"
     r"sherbe(?:r)?t|gorilla|\bcheese\b|\bganja\b|\bstrawberry (?:cough|kush)|purple punch|pineapple express|\bmango haze|\bthai stick|\boutdoor\b|\bdo si ?dos?\b|\bcannabis\b|\bblueberry\b|\bbanana (?:kush|og)\b|\btrainwreck\b|\brunt[zs]\b|\bak\b"),
    ("cannabis", "cannabis_resin", r"\bhash(?:ish)?\b|\bhasch(?:isch)?\b|\bhasj\b|\bhaschisch\b|ice ?o ?lator|bubble hash|\bdry sift\b|\bpollen\b|\bpollum\b|\bcharas\b|\bkief\b|\bkeif\b|\bdry ?filter\b|temple balls?|\bketama\b|\bresine\b|\bafghani black\b"),
    ("cannabis", "cannabis_concentrate", r"\bshatter\b|\bwax\b|\brosin\b|\bbho\b|\blive resin\b|\bdistillate\b|\bcrumble\b|\bbudder\b|\bdabs?\b|\brso\b|"
     r"\bcannabis oil\b|\bhash oil\b|\bthc (?:oil|carts?|cartridges?|vapes?|distillate)|\bvape (?:carts?|pens?)\b|\bcartridges?\b|\bcarts?\b|\bthca\b|\brick simpson|\bdank vapes?\b|\bextract oil\b|\bsunrocks?\b|\bhasch ?ol\b"),
    ("cannabis", "cannabis_edible", r"\bedibles?\b|\bgummies\b|\bgummy\b|\bcannabutter\b|\bspace ?cakes?\b|\bbrownies?\b|\bthc\b|\bcannacaps?\b"),
    ("cannabis", "cannabis_seeds", r"\bseeds?\b|\bfeminized\b|\bfeminised\b|\bautoflower\w*|\bzaadjes\b|\bwietzaden?\b|\bhanfsamen\b|\bgraines? de (?:cannabis|beuh)\b|\bsemillas\b"),
    ("cannabis", "cbd", r"\bcbd\b"),
    ("nps", "synthetic_cannabinoids", r"\bspice\b|\bk2\b(?!.*\bseeds?\b)|\bjwh ?\d+|\b5f ?\w*|\bmdmb ?\w*|\bab ?(?:chminaca|pinaca|fubinaca)|\bam ?2201|\badb ?\w+|\bherbal (?:incense|smoking (?:mix|blend)|mix)\b|\bsynthetic (?:cannabinoids?|weed)|\b4f ?mdmb\w*|\bfub ?amb|\bmmb ?\w*(?:inaca|ica)\w*|\bsynthetic cannab\w+|\bur ?144\b|\bsts ?135\b|\b(?:5f ?)?(?:fub |fdu )?pb ?22\b|\bf(?:ub|du) ?pb ?22\b|\bthj ?\d+|\bmam ?2201\b|\bxlr ?11\b|\bakb ?48\b|\bfab ?144\b|\bmn ?18\b|\bcannabinoids? powder\b|\bsgt ?\d+"),
    ("cocaine", "crack", r"(?<!green )\bcrack\b(?! pipe)|\bfreebase cocaine\b|\bcrack cocaine\b|\bbase coke\b|\bbase ?coke\b|\bcoke base\b"),
    ("cocaine", "cocaine_powder", r"cocaine?\b|\bcocain\b|\bkokain\b|\bcoca[iï]na\b|\bcocaïne\b|\bcocaine\w*|\bcoke\b|\bkoks\b|\bfish ?scales?\b|\bperuvian\b|\bbolivian flake|\bcolombian flake|\bcharlie\b|\bperico\b|\bflake\b|\byayo\b|\bescama\b|\bcoca colombiana\b|\bmarching powder\b|\bcolombian flakes?\b|\bbolivian flakes?\b"),
    ("mdma", "mda", r"(?<![-\w])mda\b|\bsass(?:afras)?\b"),
    ("mdma", "mdma_powder", r"\bmdma\b|\bmolly\b|\bmandy\b|\bmdma\w*|\bmd cristal\b|\bcristaux (?:de )?md\b|\bmdma\b"),
    ("mdma", "mdma_pills", r"\bxtc\b|\becstasy\b|\bextasy\b|\becstacy\b|\bextacy\b|\bekstasy\b|\bextas[iey]+\b|\becsta\b|\bteslas?\b|\bpunishers?\b|\bblue punisher|\bred bulls? pills?\b|\bdonald trump\b|\bpharaohs?\b|\bteilen\b|\bexc?tasy\b|\bexct[ae]s\w*"),
    ("methamphetamine", "methamphetamine", r"\bmeth\b|\bmeth ?amphetamines?\b|\bmetham?fetamine\b|\bcrystal ?meth\b|\bcrystal (?:ice|shards?)\b|\bice(?= shards?| crystals?| meth| pure)|\bshards?\b|\bshabu\b|\btina\b|\bpervitin\b|\byaba\b|\bcrystal meth ?ice\b|\bd ?meth\b|\btik\b|\bmeth?am(?:f|ph)etamin\w*|\bdesoxyn\b|\bpi[ck]o\b"),
    ("amphetamine", "amphetamine", r"(?<!meth )(?<!fluoro )(?<!dex )\bamphetamines?\b|\bamfetamin\w*|\bamphetamin\b|(?<!high )\bspeed\b(?! (?:ship|deliver|stick))|\bspeed ?paste?\b|\bpep\b|\bamphet\b|\bampheta\w*|\bspeedpaste\b|\bpaste\b"),
    ("amphetamine", "stimulant_medicines", r"\badd?er+al+s?\b|\bdex(?:tro)?amphetamines?\b|\bdex(?:tro)?amfetamine\b|\bdexedrine\b|\bvyvanse\b|\blisdexamfetamine\b|\belvanse\b|\battentin\b|\bdexies\b|\bzenzedi\b|\bevekeo\b|\bamfexa\b"),
    ("heroin", "heroin", r"\bheroin\w*|\bher(?:o|io|oi)ne?\b|\bblack tar\b|\btar heroin\b|\bchina white\b(?!.*fent)|\bdiamorphine?\b|#4 h\b|\bh#? ?[34]\b|#3\b|\bdiacetylmorphine\b|\bbrown sugar\b|\bsmack\b|\bbth\b"),
    ("other_opioids", "fentanyls", r"\w*fentan[yi]l+\w*|\bfent\b|\bduragesic\b|\bu ?4[79] ?700\b|\bcarfent\w*|\bu ?48800\b|\bw ?18\b|\bbrorphine\b|\b4 ?fi?bf\b|\babstral\b|\bactiq\b|\bmatrifen\b|\bdurogesic\b"),
    ("other_opioids", "oxycodone", r"\boxy\w*codone?\w*|\boxy(?:s|contin|norm|neo)?\b|\boxycodon\b|\broxi?(?:es|codone)?s?\b|\bpercocets?\b|\bpercs?\b|\bm30s?\b|\bendocet\b|\btargin\w*\b|\bopana\b|\boxymorphone\b|\boxynorm\b|\boxycontins?\b|\ba ?215s?\b|\bk56\b|\brox(?:y|ys|ies)\b|\blongtec\b|\bshortec\b|\bendone\b|\bxtampza\b"),
    ("other_opioids", "hydrocodone", r"\bhydrocodone?\b|\bvicodin\b|\bnorcos?\b|\blortab\b"),
    ("other_opioids", "hydromorphone", r"\bhydromorphone?\b|\bdilaudids?\b|\bpalladone?\b|\bhydal\b"),
    ("other_opioids", "morphine", r"(?<!hydro)\bmorphine?\b|\bmorfine\b|\bms ?contin\b|\bkapanol\b|\bmorphin\b|\bsevredol\b|\bsubstitol\b|\boramorph\b|\bskenan\b"),
    ("other_opioids", "codeine", r"\bcodeine?\b|\bkodein\b|\blean\b|\bpromethazine\b|\bco ?codamol\b|\bsolpadol\b|\bpurple drank\b"),
    ("other_opioids", "dihydrocodeine", r"\bdihydrocodeine?\b|\bdhc\b"),
    ("other_opioids", "buprenorphine", r"\bbuprenorph?ine?\b|\bsuboxone\b|\bsubutex\b|\bsubs\b|\bsubox\b|\btemgesic\b|\bzubsolv\b|\bbupe\b|\bbutrans\b"),
    ("other_opioids", "tramadol", r"\btramadols?\b|\btramal\b|\btapentadol\b|\bnucynta\b|\bultram\b|\btramado\w+|\bpalexia\b|\btradolan\b|\bzydol\b"),
    ("other_opioids", "methadone", r"\bmethadone?\b|\bpolamidon\b|\bl ?polamidon\b|\bmethadon\b"),
    ("other_opioids", "opium", r"\bopium\b|\bpoppy\b|\bpoppies\b|\bpod tea\b"),
    ("other_opioids", None, r"\bo ?(?:dsmt|desmethyltramadol)\b|\bpethidine\b|\bdemerol\b|\btilidin\w*|\bopioids?\b|\bpentazocine\b|\b2 ?(?:methyl )?ap ?237\b|\bmt ?45\b|\bnitazenes?\b|\bisotonitazene\b|\bah ?7921\b|\bvaloron\b|\bpainkillers?\b|\bketobemidone?\b|\bketogan\b|\bdextropropoxyphene\b|\bdipidolor\b|\bpiritramid\w*"),
    ("hallucinogens", "lsd", r"(?<!al )(?<!1p )\blsd(?! strain)\b|\bacid (?:tabs?|blotters?|trips?)|\bblotters?\b(?! nbome)|\blucy\b|\b\d+ ?(?:ug|µg|mcg) (?:tabs?|blotters?)|\bgel ?tabs?\b|\bmicro ?dots?\b|\bliquid acid\b|\bneedlepoint\b|\bfluff acid\b|(?<!hydriodic )(?<!boric )(?<!citric )(?<!amino )\bacid\b(?! reflux)"),
    ("hallucinogens", "lysergamides", r"\b1p ?lsd\b|\bal ?lad\b|\b1b ?lsd\b|\b1cp ?lsd\b|\beth ?lad\b|\blsz\b|\bald ?52\b|\b1v ?lsd\b|\bpro ?lad\b|\b1p ?eth ?lad\b"),
    ("hallucinogens", "mushrooms", r"\bmushrooms?\b|\bshrooms?\b|\bpsiloc[iy]b\w*|\bmagic truffles?\b|\btruffles?\b|\bpaddo'?s?\b|\bpilze\b|\bzauberpilze\b|\bpenis envy\b|\bgolden teachers?\b|\bcubensis\b|\bchampi(?:gnon)?s?\b|\bspores?\b|\bcopelandia\b|\bliberty caps?\b|\btruffels?\b|\bmushies\b|\bsubaeruginosa\b|\btampanensis\b"),
    ("hallucinogens", "dmt", r"\bn ?n ?dmt\b|(?<!meo )(?<!aco )(?<!ho )\bdmt\b|\bchanga\b|\bayahuasca\b|\bmimosa hostilis\b|\bmhrb\b"),
    ("hallucinogens", "tryptamines", r"\b5 ?meo ?\w+|\b4 ?aco ?\w+|\b4 ?ho ?\w+|\bmipt\b|\bdpt\b|\b4 ?acetoxy\w*|\bamt\b|\bdalt\b|\bbufo\b|\bdipt\b"),
    ("hallucinogens", "2c_x", r"\b2 ?c ?[bceipdt]\b(?: ?\d)?|\b2cb\b|\b2 ?cb ?fly\b|\btucibi\b|\btusi\b|\bnexus\b|\b2c\w?\b|\bbromo dragonfly\b"),
    ("hallucinogens", "nbome", r"\b25 ?[bcdin] ?n?b?o?h?m?e?\b|\bn ?bomes?\b|\bnb ?oh\b|\b25[bcdi]\w*|\bn bomb\b"),
    ("hallucinogens", "dox", r"\bdo[bcmi]\b|\bdoet\b|\bdox\b|\bdo[bcmi] (?:tabs?|blotters?)\b"),
    ("hallucinogens", "mescaline", r"\bmescalin\w*|\b\w*escaline\b|\bproscaline\b|\b3 ?c ?[pe]\b|\bpeyote\b|\bsan pedro\b"),
    ("hallucinogens", "salvia", r"\bsalvia\b|\blsa\b|\bmorning glory\b|\bibogaine?\b|\biboga\b|\bbaby woodrose\b|\bhbwr\b"),
    ("dissociatives", "ketamine", r"\bs? ?ketamine?\b|\bketa\b|\bketalar\b|\bket\b|\bketamin\w*|\bs ?isomer\b|\besketamine?\b|\bspecial k\b|\bketaset\b|\bketajet\b"),
    ("dissociatives", "mxe", r"\bmxe\b|\bmethoxetamine?\b|\bmxpr\b|\bmxip?r\b|\bmethoxphenidine\b"),
    ("dissociatives", "pcp", r"\bpcp\b|\b[34] ?(?:meo|ho) ?pc[ep]\b|\bo ?pce\b|\bphencyclidine?\b|\bpce\b|\bdeschloroketamine\b|\bdck\b|\b2 ?f ?dck\b|\bdxm\b|\bdextromethorphan\b|\bephenidine\b|\bdiphenidine\b|\bmxp\b|\b2 ?fluoro ?deschloroketamine\b|\bnitrous\b|\bhxe\b|\bfxe\b|\bdmxe\b"),
    ("benzodiazepines", "alprazolam", r"\bxana?x+\w*|\balprazol+am\b|\bxans?\b|\bxanex\b|\bksalol\b|\bxanor\b|\bhulks?\b|\bgg ?249\b|\bs ?90 ?3\b|\balpraz\w*|\bxann?(?:ie|y)s?\b|\bonax\b|\btranax\b|\bfarmapram\b|\bkalma\b"),
    ("benzodiazepines", "diazepam", r"\bdia[sz]epam\w*|\bval(?:i[ua]|ui)ms?\b|\bvalliums?\b|\bmsj\b|\bbensedin\b|\bdiaz\b|\bd ?10s?\b|\bstesolid\b|\bapaurine?\b|\bzepose\b|\bvalis?\b"),
    ("benzodiazepines", "clonazepam", r"\bclona[sz]epam\b|\bk ?lonopins?\b|\bklonopins?\b|\brivotril\w*|\bkpins?\b|\bk ?pins?\b|\brivo\b|\bi[kc]torivil\b|\bclonotril\b"),
    ("benzodiazepines", "designer_benzodiazepines", r"\betizolam\w*|\betizest\b|\betilaam\b|\bflualprazolam\b|\bflubromazolam\b|\bflubromazepam\b|\bclonazolam\b|\bdiclazepam\b|\bpyrazolam\b|\bphenazepam\b|\bfenazepam\b|\bmeclonazepam\b|\bbromazolam\b|\betiz\b|\bnorflurazepam\b|\bnitrazolam\b|\bdeschloroetizolam\b|\bmetizolam\b|\betifoxine\b"),
    ("benzodiazepines", None, r"\blorazepam\b|\bativan\b|\btavor\b|\btemazepam\b|\bjellies\b|\bnitrazepam\b|\bmogadon\b|\boxazepam\b|\bbromazepam\b|\blexotan\w*|\blexomil\b|\bflunitrazepam\b|\brohypnol\b|\bmidazolam\b|\bdormicum\b|\bclobazam\b|\btriazolam\b|\bhalcion\b|\bchlordiazepoxide\b|\blibrium\b|\bbenzos?\b|\blormetazepam\b|\bbenzodiazepines?\b|\brestoril\b|\blorazepam\w*|\btemesta\b|\bseresta\b|\bprazepam\b|\bloprazolam\b|\bestazolam\b|\bclorazepate\b|\btranxene\b|\brohypnols?\b|\bflurazepam\b|\bnoctamid\b|\br ?039\b|\bnormison\b|\bimeson\b|\bsobril\b|\bradedorm\b"),
    ("ghb", "ghb", r"\bghb\b|\bgamma ?hydroxybut\w*|\bliquid ecstasy\b|\bna ?ghb\b|\bxyrem\b|\bsodium oxybate\b"),
    ("ghb", "gbl", r"\bgbl\b|\b1 ?,? ?4 ?(?:bdo|bd|b|butanediol)\b|\bbdo\b|\bbutanediol\b|\bbutyrolactone\b|\bwheel cleaner\b|\bfelgenreiniger\b"),
    ("nps", "fluoroamphetamines", r"\b[234] ?f ?m?p?e?a\b|\b[234] ?f ?ma\b|\b[234] ?fluoro ?(?:meth)?amphetamine\b|\b4 ?fmph?\b|\b[234] ?fa\b|\b4 ?cma\b|\b3 ?fpm\b|\b3 ?fea\b|\b2 ?fma\b"),
    ("nps", "synthetic_cathinones", r"\b[234] ?c?e?mm?c\b|\b[34] ?mmc\b|\bmeph(?:edrone)?\b|\bmcat\b|\bm ?cat\b|\bmiaow\b|\bmethylone\b|\bbk ?\w*|\bbk ?mdma\b|\ba ?pvp\b|\balpha ?php\b|\ba ?php\b|\balpha ?pvp\b|\bα ?pvp\b|\bflakka\b|\bhexen\b|\bhex ?en\b|\bn ?ethyl ?(?:hexedrone|pentylone|hexylone)\b|\bpentylone\b|\bpentedrone\b|\beutylone\b|\bmdpv\b|\bmd ?p[hv]p\b|\b4 ?cl ?pvp\b|\b4 ?cec\b|\b4 ?cmc\b|\b3 ?cmc\b|\bnep\b|\bbuphedrone\b|\bmethcathinone\b|\bcathinones?\b|\bkhat\b|\bmonkey dust\b|\bethylone\b|\bdibutylone\b|\bmexedrone\b|\bthpvp\b|\bpv ?8\b|\b4 ?mec\b|\bmpvp\b|\bmethedrone\b|\bdimethylone\b|\bc?lephedrone\b|\bhexedrone\b|\b3 ?mec\b|\bmiauw\b|\bmeow meow\b|\bbath salts?\b|\bdimethylone\b|\bethcathinone\b|\bbrephedrone\b"),
    ("nps", "piperazines", r"\bbzp\b|\btfmpp\b|\bmcpp\b|\bpiperazines?\b"),
    ("nps", None, r"\bkratom\b|\bethylphenidate\b|\bisopropylphenidate\b|\b[56] ?apb\b|\b5 ?mapb\b|\b6 ?apdb\b|\bmdai\b|\b4f ?(?:mph|eph)\b|\bresearch chemicals?\b|\brcs?\b|\bmpa\b|\bmethiopropamine\b|\b2 ?dpmp\b|\bdesoxypipradrol\b|\b5 ?it\b|\bphenibut\b|\btianeptine?\b|\b4 ?methyl ?aminorex\b|\bphenmetrazine\b|\bmaeng da\b|\bkanna\b|\bmuscimol\b|\bamanita\b|\bbenzo ?fury\b|\bthiopropamine\b|\bcamfetamine\b|\bnm ?2ai\b|\b[25] ?ai\b(?= powder| crystal)"),
    ("medicines_other", "erectile", r"\bviagra\b|\bsildenafil\w*|\bkamagra\b|\bcialis\b|\btadalafil\b|\blevitra\b|\bvardenafil\b|\bcenforce\b|\bdapoxetine\b|\bvidalista\b|\bapcalis\b|\bsuper p ?force\b"),
    ("medicines_other", "z_drugs", r"\bzolpidem\b|\bambien\b|\bzopiclone?\b|\bimovane\b|\bzimovane\b|\bstilnox\b|\beszopiclone\b|\blunesta\b|\bzaleplon\b|\bsonata\b|\bstilnoct\b|\bzoplicone\b"),
    ("medicines_other", "gabapentinoids", r"\bpregabalin\w*|\blyricas?\b|\bgabapentin\b|\bneurontin\b"),
    ("medicines_other", "stimulant_medicines", r"\b(?:dex(?:tro)?)?methylphenidate?\b|\bfocalin\b|\britalin\w*|\bconcerta\b|\bmedikinet\b|\bmoda[fp]inil\b|\barmoda?finil\b|\bprovigil\b|\bmodalert\b|\bwaklert\b|\bmodvigil\b|\bartvigil\b|\bnuvigil\b|\bphenidate\b|\bmedikinet\w*|\brilatine\b|\brubifen\b"),
    ("medicines_other", "relaxants", r"\bcarisoprodol\b|\bsomas?\b(?! ?seed)|\bbaclofen\b|\bcyclobenzaprine\b|\bflexeril\b|\btizanidine\b|\bmethocarbamol\b|\bprosoma\b|\bpain o soma\b"),
    ("medicines_other", "slimming", r"\bphentermine?\b|\badipex\b|\bsibutramine\b|\bdnp\b|\b2 ?,? ?4 ?dinitrophenol\b|\bclen(?:buterol)?\b|\breductil\b|\bslimming\b|\bweight loss\b|\bdiet pills?\b|\bphendimetrazine\b|\borlistat\b|\bt3 cytomel\b|\bfat burners?\b"),
    ("medicines_other", "barbiturates", r"\bphenobarbital\b|\bpentobarbital\b|\bnembutal\b|\bsecobarbital\b|\bseconal\b|\bbarbiturates?\b|\bbutalbital\b|\bfioricet\b"),
    ("medicines_other", None, r"\bquetiapine\b|\bseroquel\b|\bpropranolol\b|\bsertraline\b|\bescitalopram\b|\bfluoxetine\b|\bamitriptyline?\b|\bmirtazapine\b|\btrazodone\b|\bamoxicillin\b|\bantibiotics?\b|\bdoxycycline\b|\bazithromycin\b|\bivermectin\b|\bhydroxyzine\b|\batarax\b|\bmelatonin\b|\bmelanotan\b|\bbotox\b|\bisotretinoin\b|\broaccutane\b|\baccutane\b|\bclonidine\b|\bpoppers?\b|\bondansetron\b|\bnaloxone\b|\bnarcan\b|\bparacetamol\b|\bibuprofen\b|\bacetaminophen\b|\bstrattera\b|\bwellbutrin\b|\bbupropion\b|\bfinasteride\b|\blatanoprost\b|\bantabuse\b|\bdisulfiram\b|\bscopolamine\b|\bmetformin\b|\binsulin\b|\bxenical\b|\bselegiline\b|\bpiracetam\b|\bnoopept\b|\bnootropics?\b|\bdoxylamine\b|\bdiphenhydramine\b|\bbuspirone\b|\bolanzapine\b|\brisperidone\b|\bephedrine?\b|\bpseudoephedrine\b|\bcyanide\b|\bprozac\b|\bzoloft\b|\bpredniso(?:ne|lone)\b|\blithium (?:carbonate|tablets?)\b|\btamsulosin\b|\bdiclofenac\b|\balbuterol\b|\bsalbutamol\b|\bmisoprostol\b|\bcytotec\b|\bplan b\b|\bnebilet\b|\bmetoprolol\b|\bcircadin\b|\bquaaludes?\b|\bmethaqualone\b|\bsumatriptan\b|\bvenlafaxin\w*|\bcitalopram\b|\bduloxetine\b|\bcymbalta\b|\blexapro\b|\bviagra for women\b|\bwarfarin\b|\batorvastatin\b|\blisinopril\b|\bfurosemide\b|\bcetirizine\b|\bpromethazine tablets?\b|\bcolchicine\b|\bvalproate\b|\blamotrigine\b|\btopiramate\b|\bcarbamazepine\b|\bhaloperidol\b|\baripiprazole\b|\babilify\b|\bcodral\b|\bflibanserin\b"),
    ("steroids", None, r"\bsteroids?\b|\btestosteron[ea]?\b|\btest ?[ecp] ?\d*\b|\btest(?:o)? ?(?:enanthate?|cypionate?|propionate?)|\btesto\b|\benantat\b|\benanthate\b|\bcypionate\b|\bpropionate\b|\btren(?:bolone)?\b|\btrenbolone\w*|\bdeca(?: durabolin)?\b|\bnandrolone\b|\bdianabol\b|\bd ?bol\b|\bmethandienone\b|\bmetandienone\b|\banavar\b|\boxandrolone?\b|\bwinstrol\b|\bstanozolol\b|\bsustanon\b|\bsust ?\d+\b|\banadrol\b|\boxymetholone?\b|\bmasteron\b|\bdrostanolone\b|\bprimobolan\b|\bmethenolone\b|\bturinabol\b|\bboldenone\b|\bequipoise\b|\bhgh\b|\bhuman growth hormone\b|\bsomatropin\b|\bhcg\b|\bclomid\b|\bnolvadex\b|\btamoxifen\b|\barimidex\b|\banastrozole\b|\bproviron\b|\bhalotestin\b|\bcabergoline\b|\bsarms?\b|\bostarine\b|\bligandrol\b|\brad ?140\b|\bigf ?1?\b|\bghrp ?\d\b|\bcjc ?1295\b|\bipamorelin\b|\bclomiphene\b|\bnpp\b|\bjintropin\b|\bgenotropin\b|\bcut mix\b|\bepo\b|\bliothyronine\b|\bcytomel\b|\bmk ?677\b|\bibutamoren\b|\bbpc ?157\b|\bletrozole\b|\bfemara\b|\bexemestane\b|\baromasin\b|\bparabolan\b|\bsuperdrol\b|\bkigtropin\b|\bstanabol\b|\bmethanabol\b|\bdanabol\b|\bnaposim\b|\blgd ?4033\b|\byk ?11\b|\bcardarine\b|\bgw ?501516\b|\bsr ?9009\b|\bomnadren\b|\btestoviron\b|\bandriol\b|\btb ?500\b|\bpeptides?\b|\bhexarelin\b|\bsustamed\b|\bmethyltestosterone\b|\btrestolone\b|\bepistane\b|\bsust\b"),
    ("tobacco_alcohol", "tobacco", r"\btobacco\b|\bcigarettes?\b|\bmarlboro\b|\btabak\b|\bcigars?\b|\bsnus\b|\bamber leaf\b|\bgolden virginia\b|\bcamel blue\b|\bzigaretten\b|\bsigaretten\b|\bl ?& ?m\b|\bmanikin\b|\bdrum\b(?! kit)|\bshag\b|\bcamel\b|\bnicotine\b|\bcohiba\b|\blucky strike\b|\bchesterfield\b|\bdunhill\b|\biqos\b|\bheets\b"),
    ("tobacco_alcohol", "alcohol", r"\bvodka\b|\bwhisk(?:e)?y\b|\babsinthe?\b|\balcohol\b|\bjenever\b|\bchampagne bottle\b"),
)  # fmt: skip

# Nicknames and names of plants that mean something only where the title names nothing else.
NICKNAMES: tuple[tuple[str, str | None, str], ...] = (
    ("cannabis", "cannabis_herb", r"\bstar ?dawg\b|\bcritical\b|\bbubble ?gum\b|\bgrand ?daddy\b|\bgdp\b|\bchem ?daw?g\b|\bmoby dick\b|\bpower plant\b|\bmac ?1\b|\bsmalls\b|\bdutch passion\b|\bherbe\b|\bindoor\b|\bgreenhouse\b|\bnugs?\b|\bkali mist\b|\bblackberry\b|\bheadband\b|\bthai\b|\bgushers\b|\bmimosa\b|\bice cream cake\b|\bbiscotti\b|\bsundae driver\b|\btangie\b|\btangerine dream\b|\bjack\b|\bstrains?\b|\bflower\b|\b\d+% thc\b|\bpurps?\b"),
    ("cannabis", "cannabis_resin", r"\bshit\b|\bmaroc\w*\b|\bmoroccan\b|\bsoap ?bar\b|\bafghani?\b"),
    ("methamphetamine", "methamphetamine", r"\bice\b"),
    ("hallucinogens", "lsd", r"\btrips?\b|\bhoff?mann\b|\bxtal\b|\bbuvards?\b"),
    ("mdma", "mdma_pills", r"\btaz\b|\btrumps?\b|\bminions?\b|\bskypes?\b|\bsnapchats?\b|\bikeas?\b|\bspongebobs?\b|\bdominos?\b|\bheinekens?\b|\bgrenades?\b|\bnintendos?\b|\bpharaohs?\b|\bferraris?\b|\blego\b|\bbart simpsons?\b|\bchupa chups\b|\bmaseratis?\b|\blambos?\b|\bherbali[fv]es?\b|\batari\b|\bqdance\b|\bdefqon\b"),
    ("other_opioids", "oxycodone", r"\bblues\b"),
    ("heroin", "heroin", r"\bdope\b|\becp\b|\bsmack\b"),
)  # fmt: skip

# Of two substances in one title, the first of each pair is only a flavour, form or nickname of the second.
YIELDS_TO = (
    ("cannabis", "hallucinogens"), ("cannabis", "nps"), ("amphetamine", "methamphetamine"),
    ("mdma", "ghb"), ("cannabis", "steroids"), ("cannabis", "benzodiazepines"), ("hallucinogens", "dissociatives"),
)  # fmt: skip
