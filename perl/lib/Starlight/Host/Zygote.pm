package Starlight::Host::Zygote;

# The process that forks the children, so that they share its memory; it never serves. Starlight tells it what to do over its control
# channel. When that ends, Starlight is gone: children are stopped, none is left behind.
use strict;
use warnings;
use Errno ();
use POSIX ();
use Starlight::Host::App ();
use Starlight::Host::Channel ();
use Starlight::Host::Child ();
use Starlight::Host::Errors ();
use Starlight::Host::Shared ();

# `$given`: channel; settings; app, or builder, which loads it in each child; child_exit, called as Starlet's. For Starlight::Server, which
# forks children in a process that has more to do: told, called when requests are answered; signal, for the signals that come; reap,
# called when a process has ended that may be none of ours. owner: pid of the process that began, where that is this program's.
sub new {
    my ($class, $given) = @_;
    return bless { %$given, born => {} }, $class;
}

sub run {
    my ($self) = @_;
    my $channel = $self->{channel};
    $self->check_app unless $self->{builder};
    pipe my $woken, my $waker or die "Cannot make a pipe: $!\n";
    $_->blocking(0) for $woken, $waker;
    $self->{own} = [$woken, $waker];
    local $SIG{CHLD} = sub { syswrite $waker, '.' };
    # Only Starlight decides when it is over; a terminal's signals are meant for it.
    local @SIG{qw(INT HUP USR1 USR2 TERM QUIT)} = ($self->{signal} || sub { }) x 6;
    local @SIG{qw(TTIN TTOU)} = ($self->{signal}) x 2 if $self->{signal};
    local $SIG{PIPE} = sub { };
    $channel->tell("ready $$");
    while (1) {
        while (defined(my $line = $channel->line)) {
            $self->obey($line);
            next unless $self->{is_over};
            $self->end_children;
            return;
        }
        my $ready = '';
        vec($ready, fileno $_, 1) = 1 for $channel->handle, $woken;
        next if select($ready, undef, undef, undef) <= 0;
        if (vec $ready, fileno $woken, 1) {
            sysread $woken, my $dots, 512;
            $self->reap;
        }
        last if vec($ready, fileno $channel->handle, 1) && !$channel->fill;
    }
    $self->end_children;
    $self->remove_socket;
}

sub check_app {
    my ($self) = @_;
    Starlight::Host::App::check($self->{app});
    # Of another program's process nobody knows what was open before.
    Starlight::Host::Shared::tell(Starlight::Host::App::name(), $self->{owner} ? 4 : undef);
}

sub obey {
    my ($self, $line) = @_;
    if    ($line =~ /^fork (\d+)/)       { $self->fork_child($1) }
    elsif ($line =~ /^kill (\d+) (\w+)/) { $self->signal($1, $2) }
    elsif ($line eq 'serving')           { $self->{told}->() if $self->{told} }
    elsif ($line =~ /^log (.+)/)         { Starlight::Host::Errors::reopen($1) }
    elsif ($line eq 'quit')              { $self->{is_over} = 1 }
}

sub fork_child {
    my ($self, $number) = @_;
    my $pid = fork;
    return $self->{channel}->tell("unforked $number " . Starlight::Host::Channel::escaped("$!")) unless defined $pid;
    if ($pid) {
        $self->{born}{$pid} = $number;
        return;
    }
    $self->{born} = {};
    close $_ for @{ $self->{own} };
    $SIG{$_} = 'DEFAULT' for qw(CHLD INT HUP USR1 USR2 QUIT TTIN TTOU);
    my $is_done = eval {
        my $child = Starlight::Host::Child->new({ %$self, number => $number });
        $child->serve;
        $child->leave;
        1;
    };
    Starlight::Host::Errors::entry(error => "The Perl child $$ has failed: $@") unless $is_done;
    exit($is_done ? 0 : 1);
}

# Only what is not reaped yet, whose pid can be nobody else's.
sub signal {
    my ($self, $number, $name) = @_;
    my ($pid) = grep { $self->{born}{$_} == $number } keys %{ $self->{born} };
    kill $name, $pid if defined $pid;
}

sub reap {
    my ($self) = @_;
    my $born = $self->{born};
    if ($self->{reap}) {
        # No others: whoever has started them wants to hear of them. Gone without a trace is what a handler of theirs has reaped.
        for my $pid (keys %$born) {
            my $found = waitpid $pid, POSIX::WNOHANG() or next;
            $self->bury($pid, $found > 0 ? $? : 0);
        }
        return $self->{reap}->();
    }
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        # Others are processes that the application left behind while it was loaded.
        $self->bury($pid, $?) if $born->{$pid};
    }
}

sub bury {
    my ($self, $pid, $status) = @_;
    my $number = delete $self->{born}{$pid};
    $self->{channel}->tell("dead $number $status");
}

sub end_children {
    my ($self) = @_;
    my $born = $self->{born};
    kill TERM => keys %$born;
    my $deadline = time + ($self->{settings}{grace} || 0);
    while (%$born) {
        $self->reap;
        last unless %$born;
        kill KILL => keys %$born if time >= $deadline;
        select undef, undef, undef, 0.02;
    }
}

# Starlight was killed and could not tidy up.
sub remove_socket {
    my ($self) = @_;
    my $path = $self->{settings}{sock};
    unlink $path;
    rmdir $path =~ s{/[^/]+\z}{}r;
}

1;
