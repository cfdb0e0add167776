//! Text as catalogue search compares it, and the words by which a row is found.
//!
//! ```text
//! HC31-02150B      hc3102150b c3102150b … 0b       every end of a number: a fragment is a prefix of one
//! 主泵总成          主泵 泵总 总成 成                 pairs of characters, and the last one alone
//! zbzc             zbzc bzc zc                      first letters, from each on
//! zhu beng zong    zhubengzong bengzong zong        full pinyin, from each syllable on
//! M12×60-10.9      m12x60109 109 9                  sizes, from each piece on
//! ```
//! A query is cut the same way; all its words have to be there, Latin ones as prefixes.

use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::dataset::parts::Part;

/// Most characters of one word; longer ones are found by their beginning.
const WORD_MAX: usize = 40;

/// Marks a word that nobody types: the model that a part fits.
const FITS: char = 'ƒ';

/// The word of parts that are made for no model in particular.
pub(super) const FITS_ANY: &str = "ƒƒ";

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) is_prefix: bool,
}

/// One character as search compares it: half width, small, `×` as x, `ü` as v; `None` for what separates.
fn fold_char(c: char) -> Option<char> {
    let half = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '×' | '✕' => 'x',
        'ü' | 'Ü' => 'v',
        other => other,
    };
    half.is_alphanumeric().then(|| half.to_lowercase().next().unwrap_or(half))
}

/// A text without anything that separates, as search compares it: what numbers are sorted and found by.
pub(super) fn fold(text: &str) -> String {
    text.chars().filter_map(fold_char).collect()
}

/// Runs of one sort: Latin letters and digits, or others. What stands inside a number does not end it.
fn runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let (mut open, mut latin) = (false, false);
    for c in text.chars() {
        match fold_char(c) {
            Some(c) => {
                if !open || c.is_ascii() != latin {
                    runs.push(String::new());
                }
                (open, latin) = (true, c.is_ascii());
                if let Some(run) = runs.last_mut() {
                    run.push(c);
                }
            }
            None => open = open && latin && matches!(c, '-' | '.' | '·' | '/' | '_' | '－' | '．'),
        }
    }
    runs
}

/// The words of a query.
pub(super) fn query(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for run in runs(text) {
        let chars: Vec<char> = run.chars().take(WORD_MAX).collect();
        let short = chars.len() == 1;
        if run.is_ascii() || short {
            terms.push(Term { text: chars.into_iter().collect(), is_prefix: true });
        } else {
            terms.extend(pairs(&chars).map(|text| Term { text, is_prefix: false }));
        }
    }
    terms
}

/// The word that finds the parts made for `model`.
pub(super) fn fits(model: &str) -> String {
    format!("{FITS}{}", fold(model))
}

fn pairs(chars: &[char]) -> impl Iterator<Item = String> + '_ {
    chars.windows(2).map(|pair| pair.iter().collect())
}

/// The words of rows, gathered.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn number(&mut self, number: &str) {
        let folded: Vec<char> = fold(number).chars().take(WORD_MAX).collect();
        let last = folded.len().saturating_sub(1).max(1);
        self.0.extend((0..last).filter_map(|from| folded.get(from..)).map(|end| end.iter().collect()));
    }

    fn text(&mut self, text: &str) {
        for run in runs(text) {
            let chars: Vec<char> = run.chars().take(WORD_MAX).collect();
            if run.is_ascii() {
                self.0.push(chars.into_iter().collect());
            } else {
                self.0.extend(pairs(&chars));
                self.0.extend(chars.last().map(char::to_string));
            }
        }
        // Sizes: from each piece on, so that `10.9` is found in `M12×60-10.9`.
        for size in text.split(|c: char| c.is_whitespace() || fold_char(c).is_some_and(|c| !c.is_ascii())) {
            let pieces: Vec<String> = size.split(|c: char| fold_char(c).is_none()).map(fold).collect();
            let ends = (1..pieces.len()).filter_map(|from| pieces.get(from..));
            self.0.extend(ends.map(<[String]>::concat).filter(|end| !end.is_empty()));
        }
    }

    fn initials(&mut self, initials: &str) {
        let letters = fold(initials);
        let ends = letters.char_indices().filter_map(|(at, _)| letters.get(at..));
        self.0.extend(ends.filter(|end| end.len() > 1 || *end == letters).map(str::to_owned));
    }

    fn pinyin(&mut self, pinyin: &str) {
        let syllables: Vec<String> = pinyin.split_whitespace().map(fold).collect();
        let ends = (0..syllables.len()).filter_map(|from| syllables.get(from..));
        self.0.extend(ends.map(|end| end.concat().chars().take(WORD_MAX).collect::<String>()));
    }

    fn line(mut self) -> String {
        self.0.sort_unstable();
        self.0.dedup();
        self.0.join(" ")
    }
}

/// All words of a part.
pub(super) fn of_part(part: &Part) -> String {
    let mut words = Words::default();
    words.number(&part.number);
    part.supersedes.iter().for_each(|number| words.number(number));
    words.text(&part.name_zh);
    words.text(&part.name_en);
    words.text(part.specification.as_deref().unwrap_or_default());
    part.initials.iter().for_each(|initials| words.initials(initials));
    words.pinyin(&part.pinyin);
    words.0.extend(part.fits.iter().map(|model| fits(model)));
    if part.fits.is_empty() {
        words.0.push(FITS_ANY.to_owned());
    }
    words.line()
}

/// All words of a fault.
pub(super) fn of_fault(fault: &Fault) -> String {
    let mut words = Words::default();
    words.number(&fault.code);
    for text in [&fault.phenomenon, &fault.place, &fault.cause, &fault.action, &fault.name_en] {
        words.text(text);
    }
    let codes = [("spn", fault.spn), ("fmi", fault.fmi)];
    for (name, code) in codes.into_iter().filter_map(|(name, code)| Some((name, code?))) {
        words.0.extend([code.to_string(), format!("{name}{code}")]);
    }
    words.0.extend(fault.families.iter().map(|family| fits(family)));
    if fault.families.is_empty() {
        words.0.push(FITS_ANY.to_owned());
    }
    words.line()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(query_text: &str) -> String {
        let terms = query(query_text).into_iter();
        terms.map(|t| t.text + if t.is_prefix { "*" } else { "" }).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_query_is_cut_as_rows_are() {
        assert_eq!(texts("HC31-0215"), "hc310215*");
        assert_eq!(texts("ＨＣ３１"), "hc31*");
        assert_eq!(texts("主泵总"), "主泵 泵总");
        assert_eq!(texts("泵"), "泵*");
        assert_eq!(texts("M12×60 螺栓"), "m12x60* 螺栓");
        assert_eq!(texts("46号抗磨"), "46* 号抗 抗磨");
        assert_eq!(texts("main  Pump"), "main* pump*");
        assert_eq!(texts("\" OR ) * -- ;'"), "or*");
        assert_eq!(texts("  "), "");
    }

    #[test]
    fn every_way_to_type_a_part_is_among_its_words() {
        let part = Part {
            number: "HC31-02150B".into(),
            name_zh: "主泵总成(前)".into(),
            name_en: "Main pump assembly".into(),
            initials: vec!["zbzcq".into()],
            pinyin: "zhu beng zong cheng qian".into(),
            specification: Some("GB/T 5782 M12×60-10.9".into()),
            fits: vec!["HCE215-9".into()],
            supersedes: vec!["HC31-02150A".into()],
            ..Part::default()
        };
        let line = of_part(&part);
        let words: Vec<&str> = line.split(' ').collect();
        let found = |typed: &str| {
            query(typed).iter().all(|term| {
                let hit =
                    |w: &&str| if term.is_prefix { w.starts_with(&term.text) } else { **w == term.text };
                words.iter().any(hit)
            })
        };
        for typed in [
            "HC31-02150B",
            "02150",
            "2150b",
            "hc31 02150a",
            "主泵",
            "总成",
            "成",
            "前",
            "zbz",
            "bzc",
            "zhubeng",
            "zhu beng",
            "zongcheng",
            "pump",
            "MAIN ass",
            "m12x60",
            "10.9",
            "gb/t 5782",
            "主泵 02150",
        ] {
            assert!(found(typed), "{typed}: {line}");
        }
        for typed in ["主成", "beng2", "HC32", "cheng2", "副泵"] {
            assert!(!found(typed), "{typed}");
        }
        assert!(words.contains(&fits("HCE215-9").as_str()));
    }
}
