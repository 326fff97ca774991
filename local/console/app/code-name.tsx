/** A name of the template, which may break before each of its words and nowhere else. */
export function CodeName({ name }: { name: string }) {
  const words = name.split(/(?<=[a-z-])(?=[A-Z])|(?<=-)/);
  return (
    <code class="name">
      {words.map((word, at) => (
        <span key={at}>
          {word}
          <wbr />
        </span>
      ))}
    </code>
  );
}
