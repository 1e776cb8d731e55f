//! `EXPLAIN`.

use crate::parser::ast::{Explain, ExplainOption, Statement};
use crate::parser::cursor::{Parsed, Parser};

/// The words of the options.
const OPTIONS: &[(&str, ExplainOption)] = &[
    ("EXTENDED", ExplainOption::Extended),
    ("FORMATTED", ExplainOption::Formatted),
    ("DEPENDENCY", ExplainOption::Dependency),
    ("CBO", ExplainOption::Cbo),
    ("COST", ExplainOption::Cbo),
    ("JOINCOST", ExplainOption::Cbo),
    ("LOGICAL", ExplainOption::Logical),
    ("AUTHORIZATION", ExplainOption::Authorization),
    ("REOPTIMIZATION", ExplainOption::Reoptimization),
    ("LOCKS", ExplainOption::Locks),
    ("AST", ExplainOption::Ast),
    ("VECTORIZATION", ExplainOption::Vectorization),
    ("DEBUG", ExplainOption::Debug),
    ("DDL", ExplainOption::Ddl),
    ("REWRITE", ExplainOption::Rewrite),
];

impl Parser<'_> {
    pub(super) fn explain(&mut self) -> Parsed<Statement> {
        self.within("explain statement", |p| {
            p.expect("EXPLAIN")?;
            let mut options = Vec::new();
            while let Some(option) = p.explain_option() {
                options.push(option);
            }
            let start = p.span();
            let statement = Box::new(p.deeper(Self::statement)?);
            let text = p.span_from(start).text(p.text).to_string();
            Ok(Statement::Explain(Explain { options, statement, text }))
        })
    }

    fn explain_option(&mut self) -> Option<ExplainOption> {
        // ANALYZE is an option, or the statement of that name.
        if self.is("ANALYZE") && !self.word_at(1, "TABLE") {
            self.advance();
            return Some(ExplainOption::Analyze);
        }
        let (_, option) = OPTIONS.iter().find(|(word, _)| self.is(word))?;
        self.advance();
        if *option == ExplainOption::Cbo {
            self.eat_one_of(&["COST", "JOINCOST"]);
        }
        if *option == ExplainOption::Vectorization {
            self.eat("ONLY");
            self.eat_one_of(&["SUMMARY", "OPERATOR", "EXPRESSION", "DETAIL"]);
        }
        Some(*option)
    }
}
