"""Two sentences in each of many languages: a short one and a long one."""
# ruff: noqa: E501, RUF001 - long lines, in other scripts too

SENTENCES = {
    "af": (
        "Baie dankie vir jou hulp.",
        "Ons gaan môre saam met die kinders na die strand toe ry, as dit nie reën nie.",
    ),
    "ar": (
        "صباح الخير يا أصدقائي.",
        "سوف نسافر غدا إلى المدينة القديمة لنزور جدتي في بيتها الصغير.",
    ),
    "bg": (
        "Добро утро, как сте днес?",
        "Утре ще отидем на пазара, за да купим пресни плодове и зеленчуци за цялата седмица.",
    ),
    "bn": ("আপনি কেমন আছেন?", "আগামীকাল আমরা সবাই মিলে নদীর ধারে বেড়াতে যাব।"),
    "ca": (
        "Moltes gràcies per la teva ajuda.",
        "Demà anirem al mercat amb els nens per comprar fruita fresca per a tota la setmana.",
    ),
    "cs": (
        "Děkuji vám za pomoc.",
        "Zítra půjdeme s dětmi na trh, abychom koupili čerstvé ovoce na celý týden.",
    ),
    "cy": (
        "Diolch yn fawr am eich help.",
        "Byddwn ni'n mynd i'r farchnad yfory gyda'r plant i brynu ffrwythau ffres.",
    ),
    "da": (
        "Mange tak for din hjælp.",
        "I morgen tager vi på markedet med børnene for at købe frisk frugt til hele ugen.",
    ),
    "de": (
        "Guten Morgen, wie geht es Ihnen?",
        "Morgen gehen wir mit den Kindern auf den Markt, um frisches Obst für die ganze Woche zu kaufen.",
    ),
    "el": (
        "Καλημέρα, τι κάνετε;",
        "Αύριο θα πάμε στην αγορά με τα παιδιά για να αγοράσουμε φρέσκα φρούτα.",
    ),
    "en": (
        "Good morning, how are you today?",
        "Tomorrow we are going to the market with the children to buy fresh fruit for the whole week.",
    ),
    "eo": (
        "Dankon pro via helpo, kara amiko.",
        "Morgaŭ ni iros kun la infanoj al la vendoplaco por aĉeti freŝajn fruktojn.",
    ),
    "es": (
        "Buenos días, ¿cómo está usted?",
        "Mañana iremos al mercado con los niños para comprar fruta fresca para toda la semana.",
    ),
    "et": (
        "Suur tänu teie abi eest.",
        "Homme läheme lastega turule, et osta terveks nädalaks värskeid puuvilju.",
    ),
    "eu": (
        "Eskerrik asko zure laguntzagatik.",
        "Bihar azokara joango gara haurrekin, aste osorako fruta freskoa erosteko.",
    ),
    "fa": (
        "صبح بخیر، حال شما چطور است؟",
        "فردا با بچه‌ها به بازار می‌رویم تا برای تمام هفته میوهٔ تازه بخریم.",
    ),
    "fi": (
        "Hyvää huomenta, mitä kuuluu?",
        "Huomenna menemme lasten kanssa torille ostamaan tuoreita hedelmiä koko viikoksi.",
    ),
    "fr": (
        "Bonjour, comment allez-vous ?",
        "Demain, nous irons au marché avec les enfants pour acheter des fruits frais pour toute la semaine.",
    ),
    "ga": (
        "Go raibh míle maith agat as do chabhair.",
        "Rachaimid chuig an margadh amárach leis na páistí chun torthaí úra a cheannach.",
    ),
    "gu": ("તમે કેમ છો?", "આવતીકાલે અમે બાળકો સાથે બજારમાં તાજાં ફળો ખરીદવા જઈશું."),
    "he": ("בוקר טוב, מה שלומך היום?", "מחר נלך לשוק עם הילדים כדי לקנות פירות טריים לכל השבוע."),
    "hi": ("आप कैसे हैं?", "कल हम बच्चों के साथ ताज़े फल खरीदने के लिए बाज़ार जाएँगे।"),
    "hr": (
        "Dobro jutro, kako ste danas?",
        "Sutra idemo s djecom na tržnicu kupiti svježe voće za cijeli tjedan.",
    ),
    "hu": (
        "Jó reggelt, hogy van?",
        "Holnap elmegyünk a gyerekekkel a piacra, hogy friss gyümölcsöt vegyünk az egész hétre.",
    ),
    "hy": ("Բարի լույս, ինչպե՞ս եք։", "Վաղը երեխաների հետ շուկա կգնանք՝ թարմ միրգ գնելու։"),
    "id": (
        "Selamat pagi, apa kabar Anda hari ini?",
        "Besok kami akan pergi ke pasar bersama anak-anak untuk membeli buah segar karena uangnya sudah cukup.",
    ),
    "is": (
        "Góðan daginn, hvernig hefur þú það?",
        "Á morgun förum við með börnin á markaðinn til að kaupa ferska ávexti fyrir alla vikuna.",
    ),
    "it": (
        "Buongiorno, come sta oggi?",
        "Domani andremo al mercato con i bambini per comprare frutta fresca per tutta la settimana.",
    ),
    "ja": (
        "おはようございます。",
        "明日は子供たちと市場へ行って、一週間分の新鮮な果物を買います。",
    ),
    "ka": (
        "დილა მშვიდობისა, როგორ ხართ?",
        "ხვალ ბავშვებთან ერთად ბაზარში წავალთ ახალი ხილის საყიდლად.",
    ),
    "ko": (
        "안녕하세요, 잘 지내세요?",
        "내일 우리는 아이들과 함께 시장에 가서 신선한 과일을 살 거예요.",
    ),
    "lt": (
        "Labas rytas, kaip jums sekasi?",
        "Rytoj su vaikais eisime į turgų nusipirkti šviežių vaisių visai savaitei.",
    ),
    "lv": (
        "Labrīt, kā jums klājas?",
        "Rīt mēs ar bērniem iesim uz tirgu, lai nopirktu svaigus augļus visai nedēļai.",
    ),
    "mr": ("तुम्ही कसे आहात?", "उद्या आम्ही मुलांबरोबर ताजी फळे विकत घेण्यासाठी बाजारात जाणार आहोत."),
    "nb": (
        "God morgen, hvordan har du det?",
        "I morgen skal vi dra på markedet med ungene for å kjøpe frisk frukt til hele uken.",
    ),
    "nl": (
        "Goedemorgen, hoe gaat het met u?",
        "Morgen gaan we met de kinderen naar de markt om vers fruit voor de hele week te kopen.",
    ),
    "pl": (
        "Dzień dobry, jak się pan ma?",
        "Jutro pójdziemy z dziećmi na targ, żeby kupić świeże owoce na cały tydzień.",
    ),
    "pt": (
        "Bom dia, como você está hoje?",
        "Amanhã vamos ao mercado com as crianças para comprar frutas frescas para a semana inteira.",
    ),
    "ro": (
        "Bună dimineața, ce mai faceți?",
        "Mâine mergem la piață cu copiii ca să cumpărăm fructe proaspete pentru toată săptămâna.",
    ),
    "ru": (
        "Доброе утро, как у вас дела?",
        "Завтра мы пойдём с детьми на рынок, чтобы купить свежие фрукты на всю неделю.",
    ),
    "sk": (
        "Dobré ráno, ako sa máte?",
        "Zajtra pôjdeme s deťmi na trh, aby sme kúpili čerstvé ovocie na celý týždeň.",
    ),
    "sl": (
        "Dobro jutro, kako ste kaj?",
        "Jutri gremo z otroki na tržnico, da kupimo sveže sadje za ves teden.",
    ),
    "sq": (
        "Mirëmëngjes, si jeni sot?",
        "Nesër do të shkojmë në treg me fëmijët për të blerë fruta të freskëta për gjithë javën.",
    ),
    "sr": (
        "Добро јутро, како сте данас?",
        "Сутра идемо са децом на пијацу да купимо свеже воће за целу недељу.",
    ),
    "sv": (
        "God morgon, hur mår du idag?",
        "I morgon åker vi till marknaden med barnen för att köpa färsk frukt till hela veckan.",
    ),
    "sw": (
        "Habari za asubuhi, rafiki yangu?",
        "Kesho tutakwenda sokoni pamoja na watoto ili kununua matunda mabichi ya wiki nzima.",
    ),
    "ta": ("நீங்கள் எப்படி இருக்கிறீர்கள்?", "நாளை குழந்தைகளுடன் சந்தைக்குச் சென்று புதிய பழங்கள் வாங்குவோம்."),
    "te": ("మీరు ఎలా ఉన్నారు?", "రేపు మేము పిల్లలతో కలిసి తాజా పండ్లు కొనడానికి బజారుకు వెళ్తాము."),
    "th": ("สวัสดีครับ สบายดีไหม", "พรุ่งนี้เราจะไปตลาดกับเด็ก ๆ เพื่อซื้อผลไม้สด"),
    "tr": (
        "Günaydın, bugün nasılsınız?",
        "Yarın çocuklarla birlikte bütün hafta için taze meyve almaya pazara gideceğiz.",
    ),
    "uk": (
        "Доброго ранку, як ваші справи?",
        "Завтра ми підемо з дітьми на ринок, щоб купити свіжі фрукти на весь тиждень.",
    ),
    "ur": (
        "آپ کیسے ہیں؟ مجھے بتائیں۔",
        "کل ہم بچوں کے ساتھ بازار جائیں گے تاکہ پورے ہفتے کے لیے تازہ پھل خرید سکیں۔",
    ),
    "vi": (
        "Chào buổi sáng, bạn có khỏe không?",
        "Ngày mai chúng tôi sẽ đi chợ cùng bọn trẻ để mua trái cây tươi cho cả tuần.",
    ),
    "zh": ("早上好，你今天怎么样？", "明天我们要和孩子们一起去市场买一个星期的新鲜水果。"),
}

SHORT = (
    "OK",
    "Hello.",
    "Hi",
    "Hello world",
    "Yes.",
    "No.",
    "Thanks!",
    "Good morning",
    "Test",
    "Press 3 to go on.",
    "John Smith",
    "Amazon",
    "Hi, I'm Tom.",
    "The end.",
    "Stop",
    "Welcome!",
    "Oh no!",
    "Chapter One",
    "See you",
    "Bye bye",
    "Please hold.",
    "Order 66",
    "API key",
    "I am",
    "Go",
    "A",
    "Add to cart",
    "Wow, amazing",
    "Mr. Darcy",
    "Dear Maria",
    "www.example.com",
    "This is a test.",
    "Your code is 4 7 1 2",
    "Spoken once",
    "Hallo",
    "Hola",
    "Merci",
    "123",
    "...",
    "🙂",
    "",
    "ＯＫ",
)
"""Texts that are English, or too short to tell."""
