import Form from 'next/form';
import Link from 'next/link';
import { type Filters, isFiltered, SORTS } from '../lib/filters.ts';
import { plainAmount } from '../lib/money.ts';
import { FieldProblem } from './problems.tsx';

const price = (amount: number | undefined) => (amount === undefined ? '' : plainAmount({ amount, currency: 'usd' }));

/** Search and filters: a GET form, so that everything is in the address. */
export function FiltersForm({ filters }: { filters: Filters }) {
  const { wrong } = filters;
  const open = isFiltered({ ...filters, q: '' }) || filters.sort !== 'newest' || Object.keys(wrong).length > 0;
  const fields = [
    { name: 'min', label: 'Min. price', value: wrong.min ?? price(filters.min), type: 'text' },
    { name: 'max', label: 'Max. price', value: wrong.max ?? price(filters.max), type: 'text' },
    { name: 'from', label: 'From date', value: filters.from, type: 'date' },
    { name: 'to', label: 'To date', value: filters.to, type: 'date' },
  ] as const;
  return (
    // A key per address, so that the fields match it, also after going back.
    <Form action="/" className="filters" role="search" key={JSON.stringify(filters)}>
      <div className="field">
        <label className="form-label" htmlFor="q">
          Search
        </label>
        <div className="search-row">
          <input
            className="form-control"
            id="q"
            name="q"
            type="search"
            defaultValue={filters.q}
            maxLength={100}
            placeholder="Artist, team, play, venue"
          />
          <button type="submit" className="btn btn-primary">
            Search
          </button>
        </div>
      </div>
      <details className="more-filters" open={open}>
        <summary>Filters and sorting</summary>
        <div className="grid">
          {fields.map(({ name, label, value, type }) => {
            const bad = wrong[name] !== undefined;
            return (
              <div className="field" key={name}>
                <label className="form-label" htmlFor={name}>
                  {label}
                </label>
                <input
                  className="form-control"
                  id={name}
                  name={name}
                  type={type}
                  defaultValue={value}
                  {...(type === 'text' ? { inputMode: 'decimal' as const, autoComplete: 'off' } : {})}
                  {...(bad ? { 'aria-invalid': true, 'aria-describedby': `${name}-problem` } : {})}
                />
                <FieldProblem
                  id={`${name}-problem`}
                  text={
                    bad
                      ? type === 'date'
                        ? 'That date doesn’t exist. Filter ignored.'
                        : 'Enter a price like 49.50. Filter ignored.'
                      : undefined
                  }
                />
              </div>
            );
          })}
          <div className="field sort">
            <label className="form-label" htmlFor="sort">
              Sort by
            </label>
            <select className="form-select" id="sort" name="sort" defaultValue={filters.sort}>
              {SORTS.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </div>
        </div>
      </details>
      {isFiltered(filters) ? (
        <p className="clear small">
          <Link href="/" prefetch={false}>
            Clear search and filters
          </Link>
        </p>
      ) : null}
    </Form>
  );
}
