import type { Rule } from '@ticketing/common/shapes';

/** The most frequent passwords of 8 characters or more in lists of leaked passwords, in lower case. */
const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  (
    '00000000 0123456789 0987654321 11111111 11223344 123123123 12341234 12344321 123454321 12345678 123456781 ' +
    '123456789 1234567890 1234567891 123456789a 12345678a 12345679 1234567a 1234qwer 147258369 159357159 1q2w3e4r ' +
    '1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 22222222 33333333 44444444 55555555 66666666 ' +
    '741852963 77777777 789456123 87654321 88888888 963852741 987654321 9876543210 99999999 a1234567 a123456789 ' +
    'aa123456 abcd1234 abcdefg1 abcdefgh abcdefghi access14 admin123 admin1234 adminadmin administrator ' +
    'administrator1 alexander alexandra andrew123 angel123 arsenal1 asdasdasd asdf1234 asdfghjk asdfghjkl ' +
    'ashley123 autumn2024 autumn2025 autumn2026 babygirl babygirl1 bailey123 banana123 barcelona baseball ' +
    'baseball1 baseball12 batman123 benjamin blink182 butterfly1 changeme changeme1 changeme123 charlie1 ' +
    'cheese123 chelsea1 chocolate christian christopher computer computer1 concert123 cookie123 corvette cowboys1 ' +
    'daniel123 default1 diamond1 dragon12 dragon123 elizabeth enterprise facebook facebook1 february1 ferrari1 ' +
    'flower123 football football1 football12 fortnite1 gandalf1 george123 ginger12 golden123 google123 guest123 ' +
    'hello123 helloworld helloworld1 hunter12 hunter123 hunter22 iloveyou iloveyou! iloveyou1 iloveyou2 internet ' +
    'january1 jennifer jennifer1 jessica1 jonathan jordan123 jordan23 juventus killer12 lakers24 letmein1 ' +
    'letmein1! letmein123 linkedin linkedin1 liverpool lovely123 loveme123 loveyou1 manchester master12 master123 ' +
    'mercedes metallica michael1 michelle michelle1 microsoft minecraft monkey12 monkey123 mustang1 mylove123 ' +
    'naruto123 nirvana1 orange123 p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword passport1 passw0rd passw0rd! password ' +
    'password! password1 password1! password12 password123 password123! password1234 pepper12 pokemon1 pokemon12 ' +
    'pokemon123 princess princess1 princess12 princess123 purple123 q1w2e3r4 q1w2e3r4t5 qweqweqwe qwer1234 ' +
    'qwerasdf qwerty1! qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui qwertyuiop qwertyuiop1 ' +
    'qwertyuiop123 realmadrid robert123 root1234 rootroot samantha samsung1 sebastian secret12 secret123 shadow12 ' +
    'silver123 skywalker slipknot spring2024 spring2025 spring2026 startrek starwars starwars1 steelers ' +
    'summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 sunshine sunshine1 sunshine12 ' +
    'sunshine123 superman superman1 superman12 superman123 superstar test1234 test12345 testing1 testing123 ' +
    'testtest thomas123 ticketing tickets123 tigger12 trustno1 trustno11 twitter1 victoria welcome1 welcome1! ' +
    'welcome123 whatever whatever1 windows1 winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 ' +
    'winter2026 yankees1 yellow123 youtube1 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123'
  ).split(' '),
);

/** The rule for a new password: it is not a common one. */
export const isUncommon: Rule<string> = {
  holds: (password) => !COMMON_PASSWORDS.has(password.normalize('NFKC').toLowerCase()),
  code: 'common-password',
  message: 'This password is among the first that anybody would guess. Choose another.',
};
