//! Lines that are alike, in clusters, after the idea of Drain (He, Zhu, Zheng, Lyu, 2017): lines with the same signs between
//! their words, and of whose words most are the same, are one pattern; the words that differ vary.

use std::collections::HashMap;

use crate::logql::eval::survey::patterns::tokens::{self, Piece, Token};

/// Clusters beyond which a line that is like none of them counts under `<_>`.
const MOST: usize = 300;
/// Bytes that a cluster takes beside its tokens and signs.
const BYTES_A_CLUSTER: usize = 128;
/// The share of its words that a line must have in common with a cluster, words with digits that differ left aside.
const ALIKE: f64 = 0.6;

/// Clusters of the lines of one level.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    all: Vec<Vec<Token>>,
    /// The clusters that have these signs between their words.
    by_signs: HashMap<Box<str>, Vec<usize>>,
    /// The cluster of the lines for which there was no room.
    others: Option<usize>,
    /// The signs of the line that was looked at last: the room that they take is used again.
    signs: String,
}

impl Clusters {
    /// The number of the cluster that a line belongs to, of which these are the pieces, and how many bytes of memory the line
    /// has added.
    pub(crate) fn place(&mut self, line: &[Piece<'_>]) -> (usize, usize) {
        self.signs.clear();
        self.signs.extend(line.iter().map(sign));
        let known = self.by_signs.get(&*self.signs).map(Vec::as_slice).unwrap_or_default();
        let alike = known.iter().map(|at| (likeness(&self.all[*at], line), *at)).filter(|(share, _)| *share >= ALIKE);
        if let Some((_, at)) = alike.max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first))) {
            merge(&mut self.all[at], line);
            return (at, 0);
        }
        if self.all.len() < MOST {
            let line: Vec<Token> = line.iter().copied().map(Token::from).collect();
            let bytes = BYTES_A_CLUSTER + self.signs.len() + line.iter().map(Token::size).sum::<usize>();
            self.by_signs.entry(self.signs.as_str().into()).or_default().push(self.all.len());
            self.all.push(line);
            return (self.all.len() - 1, bytes);
        }
        self.others()
    }

    /// The number of the cluster of all other lines, and how many bytes of memory that has added.
    fn others(&mut self) -> (usize, usize) {
        let (all, mut bytes) = (&mut self.all, 0);
        let others = *self.others.get_or_insert_with(|| {
            bytes = BYTES_A_CLUSTER;
            all.push(vec![Token::Varies]);
            all.len() - 1
        });
        (others, bytes)
    }

    /// The pattern of a cluster.
    pub(crate) fn pattern(&self, at: usize) -> String {
        tokens::pattern(&self.all[at])
    }
}

/// What stands between the words of a line. A word is written as the character NUL, which never stands between words, so that
/// lines with other signs have another text.
fn sign<'l>(piece: &Piece<'l>) -> &'l str {
    match piece {
        Piece::Between(text) => text,
        Piece::Word(_) | Piece::Varies => "\0",
    }
}

/// The share of words that are the same; both have the same signs.
fn likeness(cluster: &[Token], line: &[Piece<'_>]) -> f64 {
    let (mut same, mut words, mut first) = (0.0, 0.0, true);
    for pair in cluster.iter().zip(line) {
        match pair {
            (Token::Word(known), Piece::Word(word)) => {
                let is_same = **known == **word;
                let is_first = std::mem::replace(&mut first, false);
                if !is_same && has_digit(known) && has_digit(word) {
                    continue;
                }
                if is_first && !is_same {
                    return 0.0;
                }
                words += 1.0;
                same += f64::from(u8::from(is_same));
            }
            (Token::Varies, Piece::Word(word)) if !has_digit(word) => words += 0.5,
            _ => {}
        }
    }
    if words == 0.0 { 1.0 } else { same / words }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

fn merge(cluster: &mut [Token], line: &[Piece<'_>]) {
    for (known, piece) in cluster.iter_mut().zip(line) {
        if let Token::Word(word) = known
            && *piece != Piece::Word(word)
        {
            *known = Token::Varies;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(clusters: &mut Clusters, line: &str) -> (usize, usize) {
        let mut pieces = Vec::new();
        tokens::cut(line, &mut pieces);
        clusters.place(&pieces)
    }

    fn patterns<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut clusters = Clusters::default();
        for line in lines {
            place(&mut clusters, line);
        }
        (0..clusters.all.len()).map(|at| clusters.pattern(at)).collect()
    }

    #[test]
    fn words_that_differ_vary() {
        let lines = [
            "user 17 logged in from 10.0.0.1",
            "heartbeat ok",
            "user 4 logged in from 10.0.0.9",
            "connection to db-1:5432 failed: timeout after 3ms",
            "heartbeat ok",
            "connection to db-2:5432 failed: timeout after 11ms",
            "user 8 logged out",
            "connection closed",
            "connection opened",
        ];
        let expected = [
            "user <_> logged in from <_>",
            "heartbeat ok",
            "connection to <_> failed: timeout after <_>",
            "user 8 logged out",
            "connection closed",
            "connection opened",
        ];
        assert_eq!(patterns(lines), expected);
    }

    #[test]
    fn a_number_that_never_differs_stays() {
        let lines = ["GET /a/1 status=200 took=3ms", "GET /a/2 status=200 took=4ms"];
        assert_eq!(patterns(lines), ["GET <_> status=200 took=<_>"]);
    }

    #[test]
    fn only_a_new_cluster_takes_memory_and_one_of_many_words_more() {
        let mut clusters = Clusters::default();
        let (first, bytes) = place(&mut clusters, "user 17 left");
        assert!(bytes > "user 17 left".len(), "{bytes}");
        assert_eq!(place(&mut clusters, "user 4 left"), (first, 0));
        let (_, many) = place(&mut clusters, &"a,".repeat(100));
        assert!(many > 200 * size_of::<Token>(), "{many}");
        let signs = ["a  b", "a b", " a b", "a\tb", "a = b", "a= b"];
        let places: Vec<usize> = signs.iter().map(|line| place(&mut clusters, line).0).collect();
        assert_eq!(places, (2..2 + signs.len()).collect::<Vec<_>>(), "other signs are another cluster");
    }

    #[test]
    fn beyond_the_bound_lines_count_under_what_varies() {
        let name = |n: usize| (0..4).map(|at| char::from(b'a' + ((n >> (4 * at)) & 15) as u8)).collect::<String>();
        let lines: Vec<String> = (0..MOST + 50).map(|n| format!("{} {}", name(n), name(n + 7))).collect();
        let patterns = patterns(lines.iter().map(String::as_str));
        assert_eq!((patterns.len(), patterns.last().map(String::as_str)), (MOST + 1, Some("<_>")));
    }
}
