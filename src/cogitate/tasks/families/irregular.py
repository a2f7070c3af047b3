"""English forms that stemmers do not join: irregular verbs, nouns and comparatives.

forms_of("men") -> ("man", "men")        forms_of("car") -> ()
"""

from functools import cache

_FORMS = """
arise arose arisen; awake awoke awoken; be am is are was were been being; bear bore borne born
beat beaten; become became; befall befell befallen; beget begot begotten; begin began begun
behold beheld; bend bent; beseech besought; bid bade bidden; bind bound; bite bit bitten
bleed bled; blow blew blown; break broke broken; breed bred; bring brought; build built
burn burnt; buy bought; can could; catch caught; choose chose chosen; cling clung; come came
creep crept; deal dealt; dig dug; do did done does doing; draw drew drawn; dream dreamt
drink drank drunk drunken; drive drove driven; dwell dwelt; eat ate eaten; fall fell fallen
feed fed; feel felt; fight fought; find found; flee fled; fling flung; fly flew flown flies
forbid forbade forbidden; forecast; foresee foresaw foreseen; forget forgot forgotten
forgive forgave forgiven; forgo forwent forgone; forsake forsook forsaken; freeze froze frozen
get got gotten; give gave given; go went gone goes; grind ground; grow grew grown; hang hung
have had has having; hear heard; hide hid hidden; hold held; keep kept; kneel knelt
know knew known; lay laid; lead led; lean leant; leap leapt; learn learnt; leave left; lend lent
lie lay lain lying; light lit; lose lost; make made; may might; mean meant; meet met; melt molten
mistake mistook mistaken; misunderstand misunderstood; mow mown; outdo outdid outdone
overcome overcame; overdo overdid overdone; oversee oversaw overseen; overtake overtook overtaken
overthrow overthrew overthrown; partake partook partaken; pay paid; plead pled; prove proven
rebuild rebuilt; redo redid redone; repay repaid; rewrite rewrote rewritten; rid; ride rode ridden
ring rang rung; rise rose risen; run ran; saw sawn; say said; see saw seen; seek sought; sell sold
send sent; sew sewn; shake shook shaken; shall should; shave shaven; shear shorn; shine shone
shoe shod; shoot shot; show shown; shrink shrank shrunk shrunken; sing sang sung
sink sank sunk sunken; sit sat; slay slew slain; sleep slept; slide slid; sling slung; slink slunk
smell smelt; smite smote smitten; sow sown; speak spoke spoken; speed sped; spell spelt
spend spent; spill spilt; spin spun; spit spat; spoil spoilt; spring sprang sprung
stand stood; steal stole stolen; stick stuck; sting stung; stink stank stunk
stride strode stridden; strike struck stricken; string strung; strive strove striven
swear swore sworn; sweep swept; swell swollen; swim swam swum; swing swung; take took taken
teach taught; tear tore torn; tell told; think thought; throw threw thrown; tread trod trodden
undergo underwent undergone; understand understood; undertake undertook undertaken
undo undid undone; uphold upheld; wake woke woken; wear wore worn; weave wove woven; weep wept
will would; win won; wind wound; withdraw withdrew withdrawn; withhold withheld
withstand withstood; wring wrung; write wrote written
man men; woman women; child children; foot feet; tooth teeth; goose geese; mouse mice; louse lice
ox oxen; person people; die dice; brother brethren; penny pence; cow kine
calf calves; half halves; elf elves; hoof hooves; knife knives; leaf leaves; life lives
loaf loaves; scarf scarves; self selves; sheaf sheaves; shelf shelves; thief thieves; wife wives
wolf wolves; dwarf dwarves; wharf wharves; staff staves; turf turves
alumnus alumni; analysis analyses; antenna antennae; appendix appendices; axis axes
bacterium bacteria; basis bases; cactus cacti; corpus corpora; crisis crises; criterion criteria
curriculum curricula; datum data; diagnosis diagnoses; emphasis emphases; formula formulae
fungus fungi; genus genera; hypothesis hypotheses; index indices; larva larvae; matrix matrices
medium media; memorandum memoranda; nucleus nuclei; oasis oases; parenthesis parentheses
phenomenon phenomena; radius radii; spectrum spectra; stimulus stimuli; stratum strata
syllabus syllabi; synthesis syntheses; thesis theses; vertebra vertebrae; vertex vertices
good well better best; bad ill worse worst; far farther farthest further furthest
little less least; many much more most; old elder eldest; late latter last
i me my mine myself; he him his himself; she her hers herself; it its itself
we us our ours ourselves; they them their theirs themselves; you your yours yourself yourselves
who whom whose; this these; that those; one once; two twice; three thrice
"""
"""One word's forms each, the word itself first."""


def forms_of(word: str) -> tuple[str, ...]:
    """Return all the forms that a word may be one of, itself among them; () if it is regular.

    Example: forms_of("lay") -> ("lay", "laid", "lie", "lain", "lying")
    """
    return _families().get(word, ())


@cache
def _families() -> dict[str, tuple[str, ...]]:
    families: dict[str, tuple[str, ...]] = {}
    for line in _FORMS.replace("\n", ";").split(";"):
        forms = tuple(line.split())
        for form in forms:
            known = families.get(form, ())
            families[form] = tuple(dict.fromkeys((*known, *forms)))
    return families
