import { turnOf } from './postgresql-turns.ts';

turnOf('12');
