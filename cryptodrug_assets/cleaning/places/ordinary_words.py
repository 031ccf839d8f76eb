"""Words of English, Dutch, French and German that look like a misspelt place and are none.

Made by scripts/ordinary_words.py; not to be edited by hand.
"""
# ruff: noqa: SIM905 - a list of a thousand words reads better as a text

ORDINARY = frozenset(
    """
    achene agentinnen aiguilla alberda albert alberte alberti alberto alberts albertz alerta algesia alkan alvers
    americana americanisa americanise americanism anarchique anders angela angers angora anguille anjers ankers antes
    anywheres apachen apolonia archem archen argenterie argentions argentique argentite arica arminien aschen assies
    astates athee athees athena athenea athenee athers atmens atzens aufstriche aurich ausland aussi aussre australe
    australoid austrasia autarcique autruche avaria avers bachen badern baksel balans balein balken balkens balkon
    balkonranden balkons balzan balzans barbare barceloneta bardeaux baren barin barkentine basale basaria basely
    basil basile bastel bastle bauern bauges bavarda bayer bayera bedfast belast belaus beliez belijn belike benign
    bennes benzin beren berin bermen bernee bernes bernez bernie bernse bessen beulen beulin bienne bierland binaire
    bleeds bleize blonden boland bolland bolton bonden bondon bonfire bonnie booreilanden bordereaux boreaux boson
    bosten bouges bouton brail bramen brasillent bread breden breemen breen breien brein breken breman breme bremes
    bremsen bremzen brenda breven brucelles bruces brugel bruggen brugges brugje brugjes brugs brugse brugts bruies
    brules bruma brumes brune brunel brunet bruni brunie brusse brussee brusselers brussen brutei brutes brutish buges
    buijing bulgari burema buruma bussel bussels butaan butane butans butant buurma byelarus byelorussian cachen
    calvary cameron cameroons canara canarda canardes canaris catenaries cathar cessen chaina chaine chiale chian
    chicano chicle chiel chien chihli childe chiles chilis chilli chinai chinat chinda chinde chinee chiner chines
    chinez chipe chipee chiper chipie chipje chiure clonus colognes colombe colombin colombine colombines colone
    colonne colores columbia comorees concus confus connus cordeaux cornus cosse couvain crania creatie cremen cronus
    cuisse cypres cyrien cyrus dantes darein daubai dearth delice delphi delver demark dender denier denker denser
    denuer dessen dominic dominical dominicale dominicaux dominick dominics dominiques domoren dondon doorwegen
    doorwegend douvain drague dregden drennes dresen dressen dromenland dubbin dunlin earths earthy ebosse echina
    echine ecossa ecossee ecosser ecosses ecossez eerland eijndhoven elize emiates emigrantes emigrates emigraties
    emonde empirates endhoven entscheide entschiede enver envers erica eritreas espaca espada essend essene essens
    essent essenz essern estates esthonia ethene etirates eulen eussen fachen fatherlands fayotte felice fenland
    fennes fessen festland fiance filandre filistijnen finlandisa finlandisai finlandisas finlandisat finlandise
    flankers fliege flinders florences florid franc franca frances franche francina francis francisa francje franck
    francke franco francs frange franje franke frankenreich frankfort frankfurter frasil frazil frique fronce fuisse
    gabie gabion gainee gamba gambe gambier gambiet gambir gambit gamble ganda gantes geeve gelderland gelobe genade
    genee genera genere genese genova geordie george georgina gerce gereld germane germant gessen geulen gijsel
    girlande glanders gleuven globed globen globes gracia grazil grecisa greebe greee greene greensand greensands
    greeve gremia grenader grenades grenage grensde gresil griendland groeningen groenlingen grondingen gruges guidee
    guignee guinda guinde guindee guineas guipee gussies haarle haastrecht hamberg handover hangover hanoier hantes
    harlem hearth helice hengelmand hersey hessen heulen heuven hofland hollandweg hollend hollende holtland homburg
    honden hongre hongree hongriez hongroie hopland houdan hungrig hungry hussies iberia ijsrand ijswand inden indica
    indient indier indigen indign indira indoen ingeland inger intentional intentionally internationalise
    internationalite internationality internationalize internationals intonational invers inzien islander ismael
    italic jahrein jampan jantes jennes jerney jerseys jessen jolanda joran jordans kalanderen kalkan kamerkoren
    kanaka kanara kannada kantar kantwerken kehlen keilen kelen kellen kenai kennes kennmarken kentia kerlen kersey
    kessen keuben keuen keuken keule keunen keuren keuzen klimtouwen kolenhaven kolenlagen kolenwagen komforen konden
    kookeilanden kooren koraaleilanden koreas koulen kreulen kroningen kruges kwenen lachen landen landers landon
    latria leaven ledes leedst leland lenden lennes lessen leugen leuken leunen leupen leuren leuten leuzen leven
    lexique libera liberai libier liegee liegen lieges lillen lillie linden liston litanie loaden loden logden lolden
    lolland lonen longen lonken lonten loonden lorden louden louvai louvais louvait luanda lublin luganda luisse
    lunchen lyndon maailand maasbracht macaco macedoines machen maestricht mahlte mailend mainland maisland maitland
    malaise malaisee malaria malaxa malaya maleise malfaisiez malste maltai maltas maltat malted maltee malten malter
    maltes maltet maltez maltha malvasia manama manchen manchetten manchettes manifester manover mantes maples marco
    marica marotte marysville matla matrice maturities maulte maurices maurine maurizio medica medico medique meiland
    melique mennes merca mercia merida merita merlijn merlin mersey messen meulen mienne milans mimai mirates
    mocambique moederland monacos monade monchen mondbal mondde mondee monder mondes mondez mondje mongolisme
    mongoloide monial monsterrit morainique motherlands mulchen munch munched munches murcia murira myrica nahmen
    nales namens namurs nannes nanties nantis napes napfes napjes nappes nates nattes nederhand neiger nessen
    niedergange niederlage niederlasse nigers nigger nigher nordies nordis norgay norgel norgle noriega noway oasien
    obelize oberlin oceanic oceanide oeral oliban olivia olland ontwerp ontwerpen ontwerpend ontwierpen oostenbrink
    oosterdijk oosterwijk openhangen opferreich oporto otates othene ouisse overall overals overat overige overtal
    overval overwal ozeanen pairs pajama pakijs palais palans palestrina panamas parais parfis parias paries parish
    parois parsi parsis partis parvis patrijs peulen phidippides philippian philippians philippics philippiques
    philistines plague poelen pogonia polard polens poleyn polka polken pollen poloen polsen ponden poolen poortugaal
    portor portos prage pragte prance prennes prijs prussia puinee puisse pussies quinee rachen rague rance randa
    raschester rassie regnes reiderland reines remania remigrates rendes renees renes renies renne rennen renner
    rennet renses rentes renzes ressen reulen reunions reussie rijkel ritsel roemende roland rolanda rolland romana
    romanca ronden roussie ruinee rusai russe russel russels russig russige rutland sachen samba samosa santes sapin
    sargentini sates sattes sattle scandinavist scheden scheggen schenden schenen schengenland schenken schergen
    scheringen schieden schingen schokland schoolband schorland schreden schwaden schweben schweif schweig schwein
    schwelen schweren sedan sedney seneve sennes seria serie sertie serve servi service serviel servier servies
    serviet serviez servil servile servir servis servit settle sevie shanghaied siberia sidney sieden sienna sienne
    skates slanders slates sleden sleuven slovende slovenlier smalte smeden smerige smisse sneden sonden soortenrijk
    souda soudai soudain soudas soudat souman soweit spande spanden spane spanen spange spangen spaniel spanne spannen
    spanten spantje spates spavin spoorwegen sprain staates stabes stades stages stakes stales stapes stares startes
    stases state stated stater staters statewide staties stats statues status staves steden stetes sthene strates
    strien styria suasse suates subisse suisde sundial surina surinai surinas surinat surisse surname survie susse
    sweder sweven tainan taipan talia talie talien tantes tates taurin terbia teuven tienne tilborg tilbury tonden
    touloupe trance tremen truanda tsonga tunchen turbin turijn turing turins turion turkeys turki turkin turkise
    turkmenian turnkey turpin uberfall ubermudens ungern unrecht urania vantes vaticane veranderen veulen victorian
    victorians victorie viktoria vinland vitoria vonden wachen waels waldes walesa walles wallonisme wanda warrington
    washingtonia weden weinen weltbesten weltreisen weltteilen wenden wenend wenken wennen wensen wereldeinde
    wereldlijk wereldlijke wereldlijn wereldrijk werelds wereldtijd wereldwijf wereldwijs wereldwijze wergeld wessen
    westland wetland whales wienen winchester wonden wordende worldlier worldling worlds worldview wussies yeomen
    yolanda zamia zeden zennes zessen zetland zeulen zieden zombie zonden zwaden zwegen zweien zwelen zwemen zwepen
    zweren zweten zweven
    """.split()
)
