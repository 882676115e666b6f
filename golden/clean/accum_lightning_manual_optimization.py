"""Manual optimisation: the loss is divided before manual_backward."""
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

try:
    import pytorch_lightning as pl
except ImportError:
    pl = None


def make_module(accumulate):
    class ManualModule(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.layer = torch.nn.Linear(6, 3)

        def training_step(self, batch, batch_idx):
            opt = self.optimizers()
            x, y = batch
            loss = F.cross_entropy(self.layer(x), y) / accumulate
            self.manual_backward(loss)
            if (batch_idx + 1) % accumulate == 0:
                opt.step()
                opt.zero_grad()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    return ManualModule()


if __name__ == "__main__":
    if pl is None:
        print("pytorch_lightning is not installed: nothing to do")
    else:
        torch.manual_seed(0)
        y = torch.randint(0, 3, (160,))
        x = torch.randn(160, 6) + 2 * F.one_hot(y, 6)
        trainer = pl.Trainer(max_epochs=2, logger=False, enable_checkpointing=False)
        trainer.fit(make_module(4), DataLoader(TensorDataset(x, y), batch_size=10))
