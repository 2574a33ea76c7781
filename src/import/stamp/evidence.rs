//! How a column writes its moments, by all of its cells.

use super::{Layout, parse};

/// What a column shows of each layout.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Cells that say something.
    pub cells: u64,
    /// Of these: read by each layout, in the order of [`Layout::ALL`].
    read: [u64; Layout::COUNT],
    /// The first cell.
    first: Option<String>,
    /// The first cell that no layout reads.
    odd: Option<String>,
    /// A cell that only one order of day and month reads.
    deciding: Option<String>,
    /// Cells that say their own zone.
    offsets: u64,
}

/// What the cells of a column say of its layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This one; the cells that it does not read are too few to be another.
    Is(Layout),
    /// Every one of these reads all cells.
    Open(Vec<Layout>),
    /// No layout reads most of the cells. The first cell that is no moment.
    NoMoments(String),
    /// Some cells are of one layout only, and others of another. A cell of each.
    Mixed(Vec<Layout>, String),
    /// No cell says anything.
    Empty,
}

/// Share of cells that may be unreadable before a layout is not that of a column.
const MOST_ODD: f64 = 0.05;

impl Default for Evidence {
    fn default() -> Self {
        Self {
            cells: 0,
            read: [0; Layout::COUNT],
            first: None,
            odd: None,
            deciding: None,
            offsets: 0,
        }
    }
}

impl Evidence {
    /// Looks at a cell.
    pub fn look(&mut self, cell: &str) {
        self.cells += 1;
        let (mut readers, mut offset) = (0, false);
        for (layout, read) in Layout::ALL.into_iter().zip(&mut self.read) {
            // One that has read nothing of the first thousands is none of this column.
            if *read == 0 && self.cells > 10_000 {
                continue;
            }
            let stamp = parse(cell, layout);
            *read += u64::from(stamp.is_some());
            readers += u32::from(stamp.is_some());
            offset |= stamp.is_some_and(|s| s.offset_s.is_some());
        }
        self.offsets += u64::from(offset);
        if readers == 1 && self.deciding.is_none() {
            self.deciding = Some(cell.to_owned());
        }
        let any = readers > 0;
        if !any && self.odd.is_none() {
            self.odd = Some(cell.to_owned());
        }
        if self.first.is_none() {
            self.first = Some(cell.to_owned());
        }
    }

    /// How many cells a layout reads.
    #[must_use]
    pub fn read_by(&self, layout: Layout) -> u64 {
        self.read[layout as usize]
    }

    /// Whether its cells say their own zone.
    #[must_use]
    pub fn has_offsets(&self) -> bool {
        self.offsets > 0
    }

    /// Why it is this layout and no other, in words.
    #[must_use]
    pub fn why(&self, layout: Layout) -> String {
        let read = self.read_by(layout);
        match &self.deciding {
            Some(cell) => {
                format!("{read} of {} cells can be read so, as `{cell}` can only be", self.cells)
            }
            None => format!("{read} of {} cells can be read so", self.cells),
        }
    }

    /// What the cells say together.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.cells == 0 {
            return Verdict::Empty;
        }
        let most = self.read.iter().copied().max().unwrap_or(0);
        let odd = || self.odd.clone().or_else(|| self.first.clone()).unwrap_or_default();
        if most == 0 {
            return Verdict::NoMoments(odd());
        }
        let best: Vec<Layout> =
            Layout::ALL.into_iter().filter(|l| self.read_by(*l) == most).collect();
        if (most as f64) >= (1.0 - MOST_ODD) * self.cells as f64 {
            return match best.as_slice() {
                [one] => Verdict::Is(*one),
                _ => Verdict::Open(best),
            };
        }
        let some = |l: &Layout| self.read_by(*l) > self.cells / 50;
        let several: Vec<Layout> = Layout::ALL.into_iter().filter(some).collect();
        match several.len() {
            0 | 1 => Verdict::NoMoments(odd()),
            _ => Verdict::Mixed(several, self.first.clone().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(cells: &[&str]) -> Verdict {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.look(cell));
        evidence.verdict()
    }

    #[test]
    fn the_whole_column_decides() {
        assert_eq!(verdict(&["01-02-2016", "29-02-2016"]), Verdict::Is(Layout::Dmy));
        assert_eq!(verdict(&["01/02/2016", "02/29/2016"]), Verdict::Is(Layout::Mdy));
        let open = Verdict::Open(vec![Layout::Dmy, Layout::Mdy]);
        assert_eq!(verdict(&["01/02/2016", "03/04/2016"]), open);
        assert_eq!(verdict(&["990801", "990819"]), Verdict::Is(Layout::ShortYmd));
        assert_eq!(verdict(&["x", "y"]), Verdict::NoMoments("x".into()));
        assert_eq!(verdict(&[]), Verdict::Empty);
        let mixed = verdict(&["29-02-2016", "02-29-2016", "30-03-2016", "03-30-2016"]);
        assert!(matches!(mixed, Verdict::Mixed(..)), "{mixed:?}");
    }
}
