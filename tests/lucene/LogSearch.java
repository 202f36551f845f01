// Lucene's own answers to the queries of the comparison: is each accepted, and
// which documents does it find? Knows nothing of the simulator or the component.
//
// java -cp LUCENE.jar LogSearch.java DOCUMENTS QUERIES > ANSWERS
//
// Reads a document, {"_id": "1", "type": "falco", ...}, and a query,
// {"query": "type:falco", "operator": "or"}, in JSON on each line of its files,
// and writes a line for each query. A line may also be {"text": "..."}, a text
// to be analysed. The answers are:
//   {"ids": ["1"], "classic": true}      accepted, with what it finds
//   {"refused": "why", "classic": false} refused
//   {"words": ["a", "b"]}                the words of a text
// where `classic` says whether Lucene's parser accepts it without the rules of
// Elasticsearch that are added here.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.AnalyzerWrapper;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.queryparser.classic.Token;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RegexpQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.RegExp;

public final class LogSearch {
    /** What a field holds, as Logz.io's mapping has it. */
    enum Kind { KEYWORD, WORDS, NUMBER, BOOLEAN, DATE }

    /** Where the names of a document's fields are indexed. */
    static final String NAMES = "_names";
    static final String EXISTS = "_exists_";
    static final ObjectMapper JSON = new ObjectMapper();

    /** Words of several values are apart, so that no phrase spans them. */
    static final Analyzer WORDS = new AnalyzerWrapper(Analyzer.PER_FIELD_REUSE_STRATEGY) {
        private final Analyzer standard = new StandardAnalyzer();

        @Override
        protected Analyzer getWrappedAnalyzer(String field) {
            return standard;
        }

        @Override
        public int getPositionIncrementGap(String field) {
            return 100;
        }
    };

    public static void main(String[] arguments) throws IOException {
        Map<String, Kind> mapping = new TreeMap<>();
        ByteBuffersDirectory directory = new ByteBuffersDirectory();
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(WORDS))) {
            for (String line : Files.readAllLines(Path.of(arguments[0]))) {
                writer.addDocument(document(JSON.readTree(line), mapping));
            }
        }
        try (DirectoryReader reader = DirectoryReader.open(directory);
                PrintWriter out = new PrintWriter(
                        new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8)))) {
            IndexSearcher searcher = new IndexSearcher(reader);
            for (String line : Files.readAllLines(Path.of(arguments[1]))) {
                JsonNode query = JSON.readTree(line);
                if (query.has("text")) {
                    out.println(words(query.get("text").asText()));
                    continue;
                }
                out.println(answer(searcher, mapping, query));
            }
        }
    }

    static Document document(JsonNode source, Map<String, Kind> mapping) {
        Document document = new Document();
        collect("", source, document, mapping);
        return document;
    }

    /** Nested objects and names with dots are the same fields. */
    static void collect(String name, JsonNode value, Document document, Map<String, Kind> mapping) {
        if (value.isObject()) {
            value.fields().forEachRemaining(member -> {
                String inner = name.isEmpty() ? member.getKey() : name + "." + member.getKey();
                collect(inner, member.getValue(), document, mapping);
            });
            return;
        }
        if (value.isArray()) {
            value.forEach(element -> collect(name, element, document, mapping));
            return;
        }
        if (value.isNull()) {
            return;
        }
        if (name.equals("_id")) {
            document.add(new StoredField(name, value.asText()));
            return;
        }
        Kind kind = kind(name, value);
        Kind before = mapping.putIfAbsent(name, kind);
        if (before != null && before != kind) {
            throw new IllegalArgumentException("the field " + name + " is both " + before + " and " + kind);
        }
        document.add(new StringField(NAMES, name, Field.Store.NO));
        switch (kind) {
            case KEYWORD, BOOLEAN -> document.add(new StringField(name, value.asText(), Field.Store.NO));
            case WORDS -> document.add(new TextField(name, value.asText(), Field.Store.NO));
            case NUMBER -> document.add(new DoublePoint(name, value.asDouble()));
            case DATE -> document.add(new LongPoint(name, Instant.parse(value.asText()).toEpochMilli()));
        }
    }

    static Kind kind(String name, JsonNode value) {
        if (name.equals("@timestamp")) {
            return Kind.DATE;
        }
        if (value.isNumber()) {
            return Kind.NUMBER;
        }
        if (value.isBoolean()) {
            return Kind.BOOLEAN;
        }
        return List.of("message", "tags", "geoip_location").contains(name) ? Kind.WORDS : Kind.KEYWORD;
    }

    static ObjectNode words(String text) throws IOException {
        ObjectNode answer = JSON.createObjectNode();
        ArrayNode list = answer.putArray("words");
        try (TokenStream tokens = WORDS.tokenStream("message", text)) {
            CharTermAttribute word = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                list.add(word.toString());
            }
            tokens.end();
        }
        return answer;
    }

    /** A line as a query: perhaps of some fields, perhaps with another query that must match, too. */
    static Query query(Map<String, Kind> mapping, JsonNode line) throws ParseException {
        String text = line.get("query").asText();
        List<String> fields = new ArrayList<>();
        line.path("fields").forEach(field -> fields.add(field.asText()));
        boolean and = line.path("operator").asText().equals("and");
        // What is blank finds nothing, before any parser sees it.
        Query query = text.isBlank() ? new MatchNoDocsQuery() : configure(new Parser(mapping, fields), and).parse(text);
        if (!line.has("and")) {
            return query;
        }
        return new BooleanQuery.Builder()
                .add(query, BooleanClause.Occur.MUST)
                .add(query(mapping, line.get("and")), BooleanClause.Occur.MUST)
                .build();
    }

    static ObjectNode answer(IndexSearcher searcher, Map<String, Kind> mapping, JsonNode line) {
        ObjectNode answer = JSON.createObjectNode();
        String text = line.get("query").asText();
        boolean and = line.path("operator").asText().equals("and");
        try {
            Query query = query(mapping, line);
            TreeSet<String> ids = new TreeSet<>();
            for (ScoreDoc hit : searcher.search(query, Math.max(1, searcher.getIndexReader().maxDoc())).scoreDocs) {
                ids.add(searcher.doc(hit.doc).get("_id"));
            }
            ArrayNode list = answer.putArray("ids");
            ids.forEach(list::add);
        } catch (ParseException | IOException | RuntimeException | StackOverflowError refusal) {
            answer.remove("ids");
            answer.put("refused", String.valueOf(refusal.getMessage()));
        }
        answer.put("classic", isClassic(text, and));
        return answer;
    }

    static boolean isClassic(String text, boolean and) {
        try {
            configure(new QueryParser("message", WORDS), and).parse(text);
            return true;
        } catch (ParseException | RuntimeException | StackOverflowError refusal) {
            return false;
        }
    }

    static QueryParser configure(QueryParser parser, boolean and) {
        parser.setAllowLeadingWildcard(false);
        parser.setDefaultOperator(and ? QueryParser.Operator.AND : QueryParser.Operator.OR);
        return parser;
    }

    /** Lucene's grammar, with the fields that Elasticsearch puts behind it. */
    static final class Parser extends QueryParser {
        private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
        private final Map<String, Kind> mapping;

        private final List<String> fields;

        /** Terms without a field are looked for in these fields, or in any if there are none. */
        Parser(Map<String, Kind> mapping, List<String> fields) {
            super("*", WORDS);
            this.mapping = mapping;
            this.fields = fields.isEmpty() ? List.of("*") : fields;
        }

        /** Whether a field is meant: one of those beside the query, where the query names none. */
        private boolean covers(String name, String field) {
            return name.equals("*") ? fields.stream().anyMatch(one -> matches(one, field)) : matches(name, field);
        }

        /** What a condition on one field of a kind is; null where nothing is left of it, such as words. */
        private interface Condition {
            Query on(String field, Kind kind) throws ParseException;
        }

        private Query any(String name, Condition condition) throws ParseException {
            Collection<Query> queries = new ArrayList<>();
            boolean known = false;
            for (Map.Entry<String, Kind> field : mapping.entrySet()) {
                if (covers(name, field.getKey())) {
                    // A text without a field is not taken for a date.
                    if (field.getValue() == Kind.DATE && name.contains("*")) {
                        continue;
                    }
                    known = true;
                    Query query = condition.on(field.getKey(), field.getValue());
                    if (query != null) {
                        queries.add(query);
                    }
                }
            }
            if (!known) {
                return new MatchNoDocsQuery();
            }
            return switch (queries.size()) {
                case 0 -> null;
                case 1 -> queries.iterator().next();
                default -> new DisjunctionMaxQuery(queries, 0);
            };
        }

        private static boolean matches(String name, String field) {
            if (!name.contains("*")) {
                return name.equals(field);
            }
            String pattern = Pattern.quote(name).replace("*", "\\E.*\\Q");
            return Pattern.compile(pattern, Pattern.DOTALL).matcher(field).matches();
        }

        private Query exists(String name) {
            Collection<Query> any = new ArrayList<>();
            for (String field : mapping.keySet()) {
                if (covers(name, field) || field.startsWith(name + ".")) {
                    any.add(new TermQuery(new Term(NAMES, field)));
                }
            }
            return any.isEmpty() ? new MatchNoDocsQuery() : new DisjunctionMaxQuery(any, 0);
        }

        private Query number(String field, String text) {
            return NUMBER.matcher(text).matches()
                    ? DoublePoint.newExactQuery(field, Double.parseDouble(text))
                    : new MatchNoDocsQuery();
        }

        @Override
        protected Query getFieldQuery(String name, String text, boolean quoted) throws ParseException {
            if (name.equals(EXISTS)) {
                return exists(text);
            }
            for (String sign : List.of(">=", "<=", ">", "<")) {
                if (!quoted && text.startsWith(sign) && text.length() > sign.length()) {
                    String value = text.substring(sign.length());
                    boolean lower = sign.startsWith(">");
                    boolean inclusive = sign.endsWith("=");
                    return lower
                            ? getRangeQuery(name, value, null, inclusive, true)
                            : getRangeQuery(name, null, value, true, inclusive);
                }
            }
            return any(name, (field, kind) -> switch (kind) {
                case KEYWORD, BOOLEAN -> new TermQuery(new Term(field, text));
                case WORDS -> newFieldQuery(WORDS, field, text, quoted);
                case NUMBER -> number(field, text);
                case DATE -> dates(field, text, text, true, true);
            });
        }

        @Override
        protected Query getFieldQuery(String name, String text, int slop) throws ParseException {
            if (name.equals(EXISTS)) {
                return exists(text);
            }
            return any(name, (field, kind) -> {
                if (kind != Kind.WORDS) {
                    return getFieldQuery(field, text, true);
                }
                Query query = newFieldQuery(WORDS, field, text, true);
                if (query instanceof PhraseQuery phrase) {
                    PhraseQuery.Builder loose = new PhraseQuery.Builder().setSlop(slop);
                    for (int i = 0; i < phrase.getTerms().length; i++) {
                        loose.add(phrase.getTerms()[i], phrase.getPositions()[i]);
                    }
                    return loose.build();
                }
                return query;
            });
        }

        @Override
        protected Query getRangeQuery(String name, String from, String to, boolean includesFrom, boolean includesTo)
                throws ParseException {
            String lower = "*".equals(from) ? null : from;
            String upper = "*".equals(to) ? null : to;
            return any(name, (field, kind) -> switch (kind) {
                case KEYWORD, BOOLEAN -> TermRangeQuery.newStringRange(field, lower, upper, includesFrom, includesTo);
                case WORDS -> newRangeQuery(field, lower, upper, includesFrom, includesTo);
                case NUMBER -> numbers(field, lower, upper, includesFrom, includesTo);
                case DATE -> dates(field, lower, upper, includesFrom, includesTo);
            });
        }

        private Query numbers(String field, String lower, String upper, boolean includesLower, boolean includesUpper) {
            double first = Double.NEGATIVE_INFINITY;
            double last = Double.POSITIVE_INFINITY;
            if (lower != null) {
                if (!NUMBER.matcher(lower).matches()) {
                    return new MatchNoDocsQuery();
                }
                first = Double.parseDouble(lower);
                first = includesLower ? first : DoublePoint.nextUp(first);
            }
            if (upper != null) {
                if (!NUMBER.matcher(upper).matches()) {
                    return new MatchNoDocsQuery();
                }
                last = Double.parseDouble(upper);
                last = includesUpper ? last : DoublePoint.nextDown(last);
            }
            return DoublePoint.newRangeQuery(field, first, last);
        }

        private Query dates(String field, String lower, String upper, boolean includesLower, boolean includesUpper)
                throws ParseException {
            long first = lower == null ? Long.MIN_VALUE : millis(lower) + (includesLower ? 0 : 1);
            long last = upper == null ? Long.MAX_VALUE : millis(upper) - (includesUpper ? 0 : 1);
            return LongPoint.newRangeQuery(field, first, last);
        }

        private static long millis(String text) throws ParseException {
            try {
                if (!text.contains("T")) {
                    throw new DateTimeParseException("a date without its time is not read here", text, 0);
                }
                return Instant.parse(text).toEpochMilli();
            } catch (DateTimeParseException error) {
                throw new ParseException("failed to parse date field [" + text + "]");
            }
        }

        /** Patterns are for strings; those for words are in lower case. */
        private Query pattern(String name, Condition condition) throws ParseException {
            return any(name, (field, kind) -> switch (kind) {
                case KEYWORD, WORDS -> condition.on(field, kind);
                default -> new MatchNoDocsQuery();
            });
        }

        @Override
        protected Query getPrefixQuery(String name, String text) throws ParseException {
            return pattern(name, (field, kind) -> kind == Kind.WORDS
                    ? new PrefixQuery(new Term(field, WORDS.normalize(field, text)))
                    : new PrefixQuery(new Term(field, text)));
        }

        @Override
        protected Query getWildcardQuery(String name, String text) throws ParseException {
            if (text.equals("*")) {
                return name.equals("*") ? new MatchAllDocsQuery() : exists(name);
            }
            if (text.startsWith("*") || text.startsWith("?")) {
                throw new ParseException("'*' or '?' not allowed as first character in WildcardQuery");
            }
            return pattern(name, (field, kind) -> kind == Kind.WORDS
                    ? super.getWildcardQuery(field, text)
                    : new WildcardQuery(new Term(field, text)));
        }

        @Override
        protected Query getRegexpQuery(String name, String text) throws ParseException {
            // A pattern that no field sees is read all the same.
            new RegExp(text, RegExp.ALL);
            return pattern(name, (field, kind) -> new RegexpQuery(new Term(field, text), RegExp.ALL,
                    Operations.DEFAULT_DETERMINIZE_WORK_LIMIT));
        }

        @Override
        protected float getFuzzyDistance(Token token, String text) {
            if (token.image.length() == 1) {
                int length = text.codePointCount(0, text.length());
                return length < 3 ? 0 : length < 6 ? 1 : 2;
            }
            return super.getFuzzyDistance(token, text);
        }

        @Override
        protected Query getFuzzyQuery(String name, String text, float distance) throws ParseException {
            int edits = Math.min(2, (int) distance);
            return pattern(name, (field, kind) -> {
                BytesRef term = kind == Kind.WORDS ? WORDS.normalize(field, text) : new BytesRef(text);
                return new FuzzyQuery(new Term(field, term), edits, 0, 1024, true);
            });
        }

        @Override
        protected Query getBooleanQuery(List<BooleanClause> clauses) throws ParseException {
            if (clauses.isEmpty() || clauses.stream().anyMatch(clause -> !clause.isProhibited())) {
                return super.getBooleanQuery(clauses);
            }
            List<BooleanClause> completed = new ArrayList<>(clauses);
            completed.add(new BooleanClause(new MatchAllDocsQuery(), BooleanClause.Occur.MUST));
            return super.getBooleanQuery(completed);
        }
    }
}
