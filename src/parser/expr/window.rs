//! Windows: `window_specification` of `SelectClauseParser.g`.

use sqlparser::ast::{
    Expr, OrderByExpr, OrderByOptions, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use crate::parser::cursor::{Parsed, Parser, sql_ident};

impl Parser<'_> {
    /// `name` or `([name] [partitioning] [frame])`
    pub(in crate::parser) fn window_type(&mut self) -> Parsed<WindowType> {
        self.within("window_specification", |p| {
            if !p.is_symbol("(") {
                return Ok(WindowType::NamedWindow(sql_ident(p.ident()?)));
            }
            Ok(WindowType::WindowSpec(p.window_spec()?))
        })
    }

    fn window_spec(&mut self) -> Parsed<WindowSpec> {
        self.expect_symbol("(")?;
        let partitioning = ["PARTITION", "ORDER", "DISTRIBUTE", "SORT", "CLUSTER"];
        let named = self.name_at(0) && !(partitioning.iter().any(|word| self.is(word)) && self.word_at(1, "BY"));
        let window_name = if named { Some(sql_ident(self.ident()?)) } else { None };
        let (partition_by, order_by) = self.partitioning()?;
        let window_frame = if self.is("ROWS") || self.is("RANGE") { Some(self.window_frame()?) } else { None };
        self.expect_symbol(")")?;
        Ok(WindowSpec { window_name, partition_by, order_by, window_frame })
    }

    /// `PARTITION BY … [ORDER BY …]`, `DISTRIBUTE BY … [SORT BY …]`, `CLUSTER BY …`, each half alone, or nothing
    pub(in crate::parser) fn partitioning(&mut self) -> Parsed<(Vec<Expr>, Vec<OrderByExpr>)> {
        self.within("partitioningSpec clause", |p| {
            if p.are(&["CLUSTER", "BY"]) {
                let by = p.cluster_by_clause()?;
                let options = OrderByOptions { asc: None, nulls_first: None };
                let order =
                    by.iter().map(|expr| OrderByExpr { expr: expr.clone(), options, with_fill: None }).collect();
                return Ok((by, order));
            }
            if p.are(&["DISTRIBUTE", "BY"]) {
                let by = p.distribute_by_clause()?;
                let order = if p.are(&["SORT", "BY"]) { p.sort_by_clause()? } else { Vec::new() };
                return Ok((by, order));
            }
            if p.are(&["SORT", "BY"]) {
                return Ok((Vec::new(), p.sort_by_clause()?));
            }
            let by = if p.eat_all(&["PARTITION", "BY"]) { p.bracketed_or_bare_list()? } else { Vec::new() };
            let order = if p.are(&["ORDER", "BY"]) { p.order_by_clause()? } else { Vec::new() };
            Ok((by, order))
        })
    }

    fn window_frame(&mut self) -> Parsed<WindowFrame> {
        let units = if self.eat("ROWS") {
            WindowFrameUnits::Rows
        } else {
            self.expect("RANGE")?;
            WindowFrameUnits::Range
        };
        if self.eat("BETWEEN") {
            let start_bound = self.frame_bound()?;
            self.expect("AND")?;
            let end_bound = Some(self.frame_bound()?);
            return Ok(WindowFrame { units, start_bound, end_bound });
        }
        let start_bound = self.frame_bound()?;
        if let WindowFrameBound::Following(_) = start_bound {
            let span = self.last_span();
            return Err(self.error_at(span, "a window frame of one bound cannot start behind the current row"));
        }
        Ok(WindowFrame { units, start_bound, end_bound: None })
    }

    fn frame_bound(&mut self) -> Parsed<WindowFrameBound> {
        self.within("windowframeboundary", |p| {
            if p.eat_all(&["CURRENT", "ROW"]) {
                return Ok(WindowFrameBound::CurrentRow);
            }
            let distance = if p.eat("UNBOUNDED") { None } else { Some(Box::new(p.deeper(Self::operand)?)) };
            match p.eat_one_of(&["PRECEDING", "FOLLOWING"]) {
                Some("PRECEDING") => Ok(WindowFrameBound::Preceding(distance)),
                Some(_) => Ok(WindowFrameBound::Following(distance)),
                None => Err(p.unrecognized()),
            }
        })
    }
}
