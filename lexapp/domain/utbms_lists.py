"""The published UTBMS and LEDES lists as data: a code and its name on each line."""


def _names(listing: str) -> dict[str, str]:
    pairs = (line.partition(" ") for line in listing.strip().splitlines())
    return {code: name for code, _, name in pairs}


LITIGATION_NAMES = _names("""
L100 Case Assessment, Development and Administration
L110 Fact Investigation/Development
L120 Analysis/Strategy
L130 Experts/Consultants
L140 Document/File Management
L150 Budgeting
L160 Settlement/Non-Binding ADR
L190 Other Case Assessment, Development and Administration
L200 Pre-Trial Pleadings and Motions
L210 Pleadings
L220 Preliminary Injunctions/Provisional Remedies
L230 Court Mandated Conferences
L240 Dispositive Motions
L250 Other Written Motions and Submissions
L260 Class Action Certification and Notice
L300 Discovery
L310 Written Discovery
L320 Document Production
L330 Depositions
L340 Expert Discovery
L350 Discovery Motions
L390 Other Discovery
L400 Trial Preparation and Trial
L410 Fact Witnesses
L420 Expert Witnesses
L430 Written Motions and Submissions
L440 Other Trial Preparation and Support
L450 Trial and Hearing Attendance
L460 Post-Trial Motions and Submissions
L470 Enforcement
L500 Appeal
L510 Appellate Motions and Submissions
L520 Appellate Briefs
L530 Oral Argument
""")

ACTIVITY_NAMES = _names("""
A101 Plan and prepare for
A102 Research
A103 Draft/revise
A104 Review/analyze
A105 Communicate (in firm)
A106 Communicate (with client)
A107 Communicate (other outside counsel)
A108 Communicate (other external)
A109 Appear for/attend
A110 Manage data/files
A111 Other
A112 Billable Travel Time
A113 Communicate (witnesses)
A114 Communicate (experts)
A115 Medical Record and Medical Bill Management
A116 Training
A117 Special Handling Copying/Scanning/Imaging (Internal)
A118 Collection-Forensic
A119 Culling & Filtering
A120 Processing
A121 Review and Analysis
A122 Quality Assurance and Control
A123 Search Creation and Execution
A124 Privilege Review Culling and Log Creation
A125 Document Production Creation and Preparation
A126 Evidence/Exhibit Creation and Preparation
A127 Project Management
A128 Collection Closing Activities
""")

EXPENSE_NAMES = _names("""
E101 Copying
E102 Outside printing
E103 Word processing
E104 Facsimile
E105 Telephone
E106 Online research
E107 Delivery services/messengers
E108 Postage
E109 Local travel
E110 Out-of-town travel
E111 Meals
E112 Court fees
E113 Subpoena fees
E114 Witness fees
E115 Deposition transcripts
E116 Trial transcripts
E117 Trial exhibits
E118 Litigation support vendors
E119 Experts
E120 Private investigators
E121 Arbitrators/mediators
E122 Local counsel
E123 Other professionals
E124 Other
""")

# Codes without a name: the published name was not found in a source, and none is invented.
CLASSIFICATION_NAMES = _names("""
ADJSTR
ADJSMT Adjustment
ANALST Analyst
ARBITR
ASSOC Associate
TRANEE Associate trainee
AUDITR
CLKSEC Clerk or secretary
CONSLT Consultant
TEMPAT Contract attorney
TEMPOS Contract other staff
CSTCNS Costs counsel
CTRPTR
DSCATT
DSCPMG
DSCANJ
DSCANS
DOCCDR
DOCRAT
DOCRNA
EVDEVL
EXPERT Expert
FLTFEE Flat fee
FORANL
HLNLPF High-level non-lawyer
INVSTG
IPSVPV
IPAGNT
LGLAST Legal assistant
LGLINT Legal intern
LGPRMG Legal project manager
LIBRRN Librarian
MEDITR
MDRCRV
OFCOUN Of counsel
NBOTHR Other
PARALG Paralegal
PARTNR Partner
RSRCHR Researcher
RSPROF
SECNDE Secondee
SPAGNT
SOLDSG
STFATT Staff attorney
STFCNS
TPADMN
TRAINR
TRNDEV
TRNFAG
TRANSL Translator
VIDOGR
""")
